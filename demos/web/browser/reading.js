// The pages that explain: the start, softmax and cross-entropy, and the one sheet of a hand-out.
import { h } from "./dom.js";
import { site } from "./assets.js";
import { calm } from "./picture.js";
import { Place } from "./sheets.js";

const main = document.getElementById("page");
const standing = main.innerHTML; // what the builder put there, with the picture of a sheet in it
const built = main.firstElementChild;

// The page as it stands, and its sheet, which comes to life.
function standingPage(engine, key, more = {}) {
  const element = document.createElement("div");
  if (built?.parentNode === main) element.append(...main.childNodes);
  else element.innerHTML = standing; // another page was shown, or this one before
  new Place(engine, { element: element.querySelector(".sheet-place") }).open(key, more);
  return element;
}

const FIXED = "Fixed, and all that followed from it is right again. That was backpropagation by hand. ";
const TO_DO = "Fill in the gradient of each node: begin at L and go against the arrows.";
const REST_MS = 1500; // between the last mistake fixed and the pass that is shown then

// A graph with a mistake in it: to fix it is the first thing to do, and the pass follows by itself.
export function startPage({ engine, course }) {
  let isAsked = true; // whether there was something to do before
  let timer; // of the pass that follows, unless who has fixed it goes on with something else
  const cancel = () => clearTimeout(timer);
  const onVerdict = (sheet, reply) => {
    for (const kind of ["keydown", "pointerdown", "input"]) sheet.el.addEventListener(kind, cancel);
    fix?.toggleAttribute("disabled", !reply.causes.length);
    task?.replaceChildren(...(reply.ok ? fixed : reply.causes.length ? asked : [TO_DO]));
    if (fix) fix.onclick = async () => {
      if (sheet.mode !== "fill") await sheet.enter("fill");
      const box = sheet.boxes.byId.get(sheet.causes[0]);
      box?.focus();
      box?.select();
    };
    cancel();
    const isWhole = sheet.el.dataset.ready !== undefined; // else it was fixed before the page was opened
    if (reply.ok && isAsked && isWhole && sheet.mode === "fill" && !calm()) timer = setTimeout(() => watch(sheet), REST_MS);
    isAsked = !reply.ok;
  };
  const element = standingPage(engine, "front", { onVerdict, remembers: false, className: "hg-front" });
  const fix = element.querySelector(".fix");
  const task = element.querySelector(".task");
  const asked = [...task.childNodes];
  const [first] = course.katas;
  const fixed = [FIXED, h("a", { className: "door", href: `#/kata/${first.name}` }, "Solve the first kata")];
  return { element };
}

async function watch(sheet) {
  if (sheet.mode !== "fill" || !sheet.el.isConnected) return;
  await sheet.enter("watch");
  sheet.find(".hg-speed select").value = "2";
  sheet.act("play");
}

export const givenPage = ({ engine }) => ({ element: standingPage(engine, site.given), title: site.title });

export function softmaxPage({ engine, course, rest }) {
  const way = rest[0] === "fused" ? "fused" : "steps";
  const place = new Place(engine);
  place.open(`softmax/${way}`, { mode: "watch" });
  const [head, ...rows] = course.softmax;
  const link = (to, words) =>
    h("a", { href: `#/softmax/${to}`, "aria-current": to === way ? "true" : null }, words);
  const element = h(
    "div",
    {},
    h("h1", {}, "Softmax and cross-entropy"),
    h(
      "p",
      { className: "lead" },
      "A classifier's logits z become probabilities p by softmax, and the loss is minus the logarithm of the one at " +
        "the target. The pass back through all those exponentials, the sum and the logarithm comes out as short as " +
        "it can be: p - y, with y = 1 at the target and 0 elsewhere.",
    ),
    h(
      "div",
      { className: "scrolls", tabIndex: 0, role: "group", "aria-label": "The numbers" },
      h(
        "table",
        { className: "numbers" },
        h("thead", {}, h("tr", {}, head.map((cell) => (cell ? h("th", { scope: "col" }, cell) : h("td"))))),
        h("tbody", {}, rows.map(([name, ...cells]) =>
          h("tr", {}, h("th", { scope: "row" }, name), cells.map((cell) => h("td", {}, cell))))),
      ),
    ),
    h("nav", { className: "ways", "aria-label": "Two ways" }, link("steps", "Step by step"), link("fused", "In one node")),
    place.element,
  );
  return { element, title: "Softmax and cross-entropy" };
}
