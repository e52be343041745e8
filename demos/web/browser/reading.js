// The pages that explain: softmax and cross-entropy, and the one sheet of a hand-out.
import { h } from "./dom.js";
import { site } from "./assets.js";
import { Place } from "./sheets.js";
import { standing } from "./standing.js";

export function givenPage({ engine, address }) {
  const element = standing();
  new Place(engine, address, { element: element.querySelector(".sheet-place") }).open(site.given);
  return { element, title: site.title };
}

export function softmaxPage({ engine, address, course, rest }) {
  const way = rest[0] === "fused" ? "fused" : "steps";
  const place = new Place(engine, address);
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
