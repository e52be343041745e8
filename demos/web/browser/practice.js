// Drills: one small random graph after the other. The address holds which one.
import { h } from "./dom.js";
import { Place } from "./sheets.js";

const LEVELS = [
  "one operation", "a chain", "values used twice", "functions too",
  "arrays, entry by entry", "broadcast and sum", "product and transpose", "mean and its n", "softmax by rows",
  "max and index", "two of them in a chain",
];
const OF_NUMBERS = 4;
let isFetched = false; // NumPy, once a drill of arrays was opened

const drill = (level, seed, number) => `#/practice/${level}/${seed}/${number}`;

export function practicePage({ engine, address, rest }) {
  const level = /^\d{1,2}$/.test(rest[0]) && rest[0] >= 1 && rest[0] <= LEVELS.length ? Number(rest[0]) : 1;
  const seed = rest[1] || String(crypto.getRandomValues(new Uint16Array(1))[0] % 10_000);
  const number = /^\d{1,3}$/.test(rest[2]) ? Math.max(1, Number(rest[2])) : 1;
  const [, parameters] = location.hash.split("?");
  address.move(drill(level, encodeURIComponent(seed), number) + (parameters ? `?${parameters}` : ""));
  const place = new Place(engine, address);
  const open = () => {
    isFetched ||= level > OF_NUMBERS;
    place.open(`drill/${level}/${seed}/${number}`, { needsNumpy: level > OF_NUMBERS });
  };
  if (level <= OF_NUMBERS || isFetched) open();
  else place.offer("A drill of arrays needs NumPy.", "Fetch it, and open the drill", open);
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
      h("a", { className: "door", href: drill(level, encodeURIComponent(seed), number + 1) }, "Next drill"),
      h("span", { className: "quiet" }, `The same again: handgrad practice --level ${level} --seed ${seed}`),
    ),
    place.element,
  );
  return { element, title: "Practice" };
}
