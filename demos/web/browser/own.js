// An expression of one's own. The address holds it, so that a link can be sent.
import { challengeAddress } from "./challenge.js";
import { h } from "./dom.js";
import { Place } from "./sheets.js";

const FIRST = "e = a*b\nd = e + c\nL = d*f";

export function ownPage({ engine, address, rest }) {
  const given = rest.join("/");
  const place = new Place(engine, address, given ? {} : { waiting: "Draw it, and its sheet stands here." });
  const said = h("p", { className: "said", role: "status", "aria-live": "polite" });
  const box = h("textarea", { rows: 8, spellcheck: false, autocapitalize: "off", autocomplete: "off", id: "program" });
  box.value = given || FIRST;

  async function draw() {
    said.textContent = "";
    const reply = await (await engine).ask({ do: "program", text: box.value });
    if (reply.type !== "program") {
      said.textContent = reply.message;
      return;
    }
    box.value = reply.text;
    box.rows = Math.max(8, reply.text.split("\n").length);
    address.move(`#/own/${encodeURIComponent(reply.text)}`);
    await place.open(reply.sheet);
  }

  if (given) draw();
  const keys = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    draw();
  };
  box.addEventListener("keydown", keys);
  const element = h(
    "div",
    {},
    h("h1", {}, "An expression of your own"),
    h(
      "p",
      { className: "lead" },
      "A line makes a node, the last one is the root: names, numbers, + - * / **, brackets, and functions such as " +
        "tanh, exp or max. A line such as ",
      h("code", {}, "a = 2"),
      " gives a name its number.",
    ),
    h(
      "form",
      { className: "own", onsubmit: (event) => (event.preventDefault(), draw()) },
      h("label", { htmlFor: "program" }, "Your expression"),
      box,
      h(
        "div",
        { className: "bar" },
        h("button", { className: "door", type: "submit" }, "Draw"),
        h("button", { type: "button", onclick: () => share(said) }, "Copy the link"),
        h("button", { type: "button", onclick: () => (location.hash = challengeAddress(box.value)) }, "Break one gradient, for a friend"),
      ),
      said,
    ),
    place.element,
  );
  return { element, title: "Your expression" };
}

async function share(said) {
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = "Copied: whoever opens the link sees this expression.";
  } catch {
    said.textContent = `The link is the address of this page: ${location.href}`;
  }
}
