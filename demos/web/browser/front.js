// The front page. It is judged here until Python is there, which then takes over with all that was typed.
import { site } from "./assets.js";
import { h } from "./dom.js";
import { Early } from "./early.js";
import { Finder } from "./finder.js";
import { mount } from "./sheet.js";
import { Place } from "./sheets.js";
import { standing } from "./standing.js";

const FIXED = "Fixed, and all that followed from it is right again. That was backpropagation by hand. ";

export function startPage({ engine, address, begin }) {
  const element = standing();
  const place = element.querySelector(".sheet-place");
  const task = element.querySelector(".task");
  const fixed = () => [FIXED, h("a", { className: "door", href: `#/kata/${site.first}` }, "Solve the first kata")];
  const finder = new Finder(task, address, { asking: task.firstChild.textContent.trim(), fixed });
  const open = () => (address.read().has("bare") ? openBare(place, engine, address, begin) : openFront(place, finder, engine, begin));
  return { element, open, leave: () => finder.stop() };
}

// In a page of somebody else's it is a sheet as any other.
function openBare(place, engine, address, begin) {
  begin();
  place.replaceChildren();
  return new Place(engine, address, { element: place }).open("front", { remembers: false });
}

// `begin` has Python loaded, once what is seen first is there.
async function openFront(place, finder, engine, begin) {
  const narrow = matchMedia("(max-width: 880px)").matches;
  const el = place.querySelector(narrow ? ".at-narrow" : ".at-wide");
  place.replaceChildren(el);
  finder.dress(el);
  const early = new Early(site.front);
  let isLate = document.documentElement.dataset.python !== undefined; // Python is there, and has what was typed before
  const ask = async (message) => {
    const reply = isLate ? null : early.answer(message);
    if (reply) return reply;
    begin();
    const python = await engine;
    isLate = true;
    return python.ask({ ...message, sheet: "front" });
  };
  const onVerdict = (_, reply) => {
    finder.follow(reply);
    begin();
  };
  const python = engine.then(() => (isLate = true), () => {});
  const sheet = await mount(el, { ask, onVerdict, address: finder.address, stands: true, narrow });
  python.then(() => isLate && el.isConnected && sheet.catchUp()); // which has it drawn as Python says it
  finder.begin(sheet);
}
