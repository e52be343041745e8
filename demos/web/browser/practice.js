// Drills: one small random graph after the other. The address holds which one.
import { h } from "./dom.js";
import { Place } from "./sheets.js";

const LEVELS = ["one operation", "a chain", "values used twice", "functions too"];

const address = (level, seed, number) => `#/practice/${level}/${seed}/${number}`;

export function practicePage({ engine, rest }) {
  const level = /^[1-4]$/.test(rest[0]) ? Number(rest[0]) : 1;
  const seed = rest[1] || String(crypto.getRandomValues(new Uint16Array(1))[0] % 10_000);
  const number = /^\d{1,3}$/.test(rest[2]) ? Math.max(1, Number(rest[2])) : 1;
  const [, parameters] = location.hash.split("?");
  history.replaceState(null, "", address(level, encodeURIComponent(seed), number) + (parameters ? `?${parameters}` : ""));
  const place = new Place(engine);
  place.open(`drill/${level}/${seed}/${number}`);
  const levels = LEVELS.map((words, place) =>
    h("option", { value: place + 1, selected: place + 1 === level }, `${place + 1}: ${words}`));
  const element = h(
    "div",
    {},
    h("h1", {}, "Practice"),
    h(
      "div",
      { className: "bar" },
      h("label", {}, "Level ", h("select", { onchange: (event) => (location.hash = `#/practice/${event.target.value}`) }, levels)),
      h("a", { className: "door", href: address(level, encodeURIComponent(seed), number + 1) }, "Next drill"),
      h("span", { className: "quiet" }, `The same again: handgrad practice --level ${level} --seed ${seed}`),
    ),
    place.element,
  );
  return { element, title: "Practice" };
}
