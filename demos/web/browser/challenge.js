// One gradient is broken: in a graph that somebody sends, or in the graph of the day, the same for everyone.
import { site } from "./assets.js";
import { h } from "./dom.js";
import { Finder } from "./finder.js";
import { Place } from "./sheets.js";

const SQUARES = { wrong: "\u{1F7E9}", carried: "\u{1F7E8}", correct: "\u{1F7E5}", shown: "\u2B1C" };
const ASKING = "One of these gradients is wrong, and others may only follow from it. Point at it.";

export const challengeAddress = (program) =>
  `#/challenge/${crypto.getRandomValues(new Uint16Array(1))[0]}/${encodeURIComponent(program)}`;

export function challengePage({ engine, address, rest }) {
  return riddle(engine, address, `challenge/${rest.join("/")}`, "I broke one gradient. Can you find it?", "challenge");
}

export function dayPage({ engine, address, rest }) {
  const date = /^\d{4}-\d\d-\d\d$/.test(rest[0]) ? rest[0] : new Date().toISOString().slice(0, 10);
  return riddle(engine, address, `day/${date}`, `The graph of the day, ${date}`, date);
}

// A link to what stands here as it was at first; where the site knows its address, by a page with a preview of its own.
function link(key) {
  const [here] = location.href.split("#");
  const [place] = location.hash.split("?");
  return site.riddle && key.startsWith("challenge") ? new URL(site.riddle + place, document.baseURI).href : here + place;
}

function riddle(engine, address, key, title, name) {
  const task = h("p", { className: "lead task", role: "status" }, ASKING);
  const place = new Place(engine, address);
  const squares = (guesses) => guesses.map((guess) => SQUARES[guess]).join("");
  const fixed = ({ guesses }) => [
    `Found and fixed: all of it is right. ${squares(guesses)} `,
    h("button", { type: "button", className: "door", onclick: ({ target }) => copy(target, `handgrad ${name} ${squares(guesses)} ${link(key)}`) }, "Copy the result"),
  ];
  const finder = new Finder(task, address, { asking: ASKING, fixed, isPatient: true });
  const more = { remembers: false, className: "hg-front", address: finder.address, onMade: (el) => finder.dress(el) };
  place.open(key, { ...more, onVerdict: (_, reply) => finder.follow(reply) }).then((sheet) => sheet && finder.begin(sheet));
  const doors = [
    h("button", { type: "button", onclick: ({ target }) => copy(target, link(key)) }, "Copy the link"),
    h("a", { className: "door", href: "#/course" }, "Learn to do it: the course"),
    h("a", { href: "#/own" }, "Break one of your own"),
  ];
  const element = h("div", { className: "start" }, h("h1", {}, title), task, place.element, h("p", { className: "doors" }, doors));
  return { element, title, leave: () => finder.stop() };
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.replaceWith(h("code", {}, text));
  }
}
