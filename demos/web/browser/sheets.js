// A sheet in a place of the page.
import { h } from "./dom.js";
import { mount } from "./sheet.js";

const NO_NUMPY = "Its graph needs NumPy, which could not be fetched: try again with a network.";

// What stands there stays until the sheet that takes its place is whole.
export class Place {
  // `address` is its page's.
  constructor(engine, address, { waiting = "The graph comes with Python, which is being loaded.", element = null } = {}) {
    this.engine = engine;
    this.address = address;
    this.element = element ?? h("div", { className: "sheet-place" }, h("p", { className: "waiting" }, waiting));
    this.turn = 0;
  }

  // Open the sheet of a key; `more` goes along with the message that opens it. The sheet, where there is one.
  async open(key, /** @type {any} */ { needsNumpy = false, onVerdict, onMade, remembers = true, className = "", address = this.address, ...more } = {}) {
    const turn = ++this.turn;
    const engine = await this.engine.catch(() => null); // what went wrong is said above all pages
    if (!engine || turn !== this.turn) return false;
    const el = h("div", { className: `hg-sheet ${className}` });
    const ask = (message) => engine.ask({ ...(message.do === "open" ? more : {}), ...message, sheet: key }, needsNumpy);
    onMade?.(el);
    // In its place at once, as its width decides how the graph stands; seen once it is whole.
    el.style.visibility = "hidden";
    this.element.append(el);
    let sheet;
    try {
      const first = needsNumpy ? await ask({ do: "state" }).catch(() => ({ type: "unreachable" })) : {};
      if (turn !== this.turn) return false;
      if (first.type === "unreachable") return this.say(NO_NUMPY);
      sheet = await mount(el, { ask, remembers: remembers && !more.filled, onVerdict, address });
    } finally {
      if (turn !== this.turn) el.remove();
    }
    if (turn !== this.turn) return false;
    for (const other of [...this.element.children]) if (other !== el) other.remove(); // moved itself, it would scroll back
    el.style.visibility = "";
    return sheet.sheet.type === "sheet" && sheet;
  }

  say(words) {
    this.element.replaceChildren(h("p", { className: "waiting" }, words));
    return false;
  }

  // A sheet that is opened only where it is asked for.
  offer(words, button, open) {
    const press = () => (this.say("It is being fetched."), open());
    const asking = h("button", { type: "button", className: "small", onclick: press }, button);
    this.element.replaceChildren(h("p", { className: "waiting" }, words, " ", asking));
  }
}
