// The front page: the pass plays, the visitor points at what is wrong, sees why, and fixes it. It is judged here until
// Python is there, which then takes over with all that was typed.
import { h } from "./dom.js";
import { site } from "./assets.js";
import { Early } from "./early.js";
import { calm } from "./picture.js";
import { hash } from "./share.js";
import { mount } from "./sheet.js";
import { Place } from "./sheets.js";
import { standing } from "./standing.js";

const TURN_MS = 420; // between two edges of the pass that plays by itself
const FIXED = "Fixed, and all that followed from it is right again. That was backpropagation by hand. ";
const TO_DO = "Fill in the gradient of each node: begin at L and go against the arrows.";
const IN_MENU = ".hg-modes, .hg-actions, .hg-touch, .hg-zoom, .hg-share, .hg-words";

export function startPage({ engine, begin }) {
  const element = standing();
  const page = new Front(element, engine, begin);
  return { element, open: () => page.open(), leave: () => page.stop() };
}

class Front {
  // `begin` has Python loaded, once what is seen first is there.
  constructor(element, engine, begin) {
    Object.assign(this, { element, engine, begin, isPicked: hash.read().has("seen"), facts: site.front });
    this.task = element.querySelector(".task");
  }

  async open() {
    const place = this.element.querySelector(".sheet-place");
    const isNarrow = matchMedia("(max-width: 640px)").matches;
    this.el = place.querySelector(isNarrow ? ".at-narrow" : ".at-wide");
    if (hash.read().has("bare")) return this.openBare(place);
    place.replaceChildren(this.el);
    const { read } = hash;
    this.isAsking = !this.isPicked && !read().has("fill") && !read().has("mode");
    this.el.classList.toggle("hg-asking", this.isAsking);
    this.tidy();
    this.listen();
    const early = new Early(this.facts);
    let isLate = document.documentElement.dataset.python !== undefined; // Python is there, and has what was typed before
    const ask = async (message) => {
      const reply = isLate ? null : early.answer(message);
      if (reply) return reply;
      this.begin();
      const python = await this.engine;
      isLate = true;
      return python.ask({ ...message, sheet: "front" });
    };
    const write = (parameters) => {
      if (this.isPicked) parameters.set("seen", "");
      hash.write(parameters);
    };
    const onVerdict = (sheet, reply) => this.follow(sheet, reply);
    const python = this.engine.then(() => (isLate = true), () => {});
    this.sheet = await mount(this.el, { ask, onVerdict, address: { ...hash, write }, stands: true, narrow: isNarrow });
    python.then(() => isLate && this.el.isConnected && this.sheet.catchUp()); // which has it drawn as Python says it
    this.tell();
    if (this.isAsking && !calm()) this.play();
  }

  // In a page of somebody else's it is a sheet as any other.
  openBare(place) {
    this.begin();
    place.replaceChildren();
    return new Place(this.engine, { element: place }).open("front", { remembers: false });
  }

  // What is not needed at first goes into one menu.
  tidy() {
    const parts = this.el.querySelectorAll(IN_MENU);
    const menu = h("details", { className: "hg-menu" }, h("summary", {}, "Menu"), h("div", { className: "hg-tools" }, ...parts));
    this.el.querySelector(".hg-top").append(menu);
  }

  // The numbers come in as the pass brings them, from L on against the arrows.
  play() {
    const { sheet } = this;
    const found = sheet.asked.flatMap(({ id }) => sheet.sheet.edges.filter(({ operand, consumer }) => operand === id && consumer));
    this.el.classList.add("is-playing");
    sheet.boxes.byId.get(sheet.sheet.root).classList.add("is-there");
    const turn = (at) => {
      const edge = found[at];
      if (!edge) return this.stop();
      sheet.picture.send(sheet.picture.edge(edge.key));
      sheet.boxes.byId.get(edge.operand).classList.add("is-there");
      this.timer = setTimeout(() => turn(at + 1), TURN_MS);
    };
    this.timer = setTimeout(() => turn(0), TURN_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.el.classList.remove("is-playing");
  }

  listen() {
    this.el.addEventListener("pointerdown", () => this.stop());
    const point = (event) => {
      if (!this.isAsking || event.target.closest(".hg-data, .hg-slider")) return;
      const [x, y] = [event.clientX, event.clientY];
      const card = [...this.el.querySelectorAll(".card")].find((one) => {
        const box = one.querySelector(".paper").getBoundingClientRect();
        return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
      });
      const node = card && this.sheet.sheet.nodes.find(({ key }) => key === card.dataset.node);
      if (!node) return;
      event.preventDefault();
      event.stopPropagation();
      this.pick(node.id);
    };
    this.el.querySelector(".hg-canvas").addEventListener("click", point, { capture: true });
    this.el.addEventListener("keydown", (event) => {
      this.stop();
      const box = event.target.closest(".hg-box:not(.hg-data)");
      if (!this.isAsking || event.key !== "Enter" || !box) return;
      const [id] = [...this.sheet.boxes.byId].find(([, one]) => one === box);
      if (box.value !== this.sheet.verdict[id].text) return;
      event.preventDefault();
      event.stopPropagation();
      this.pick(id);
    }, { capture: true });
  }

  // Red and dashed appear, and why; `id` is what the visitor pointed at, none for who wants to be shown.
  pick(id) {
    const [wrong] = this.sheet.causes;
    const { status } = this.sheet.verdict[id ?? wrong];
    const carried = `Not ${id}: it only follows from ${wrong}. `;
    this.answer = !id ? "" : { wrong: "Yes. ", carried, correct: `Not ${id}: it is right. ` }[status];
    this.reveal();
    this.sheet.choose(wrong);
  }

  reveal() {
    Object.assign(this, { isAsking: false, isPicked: true });
    this.el.classList.remove("hg-asking");
    this.sheet.share.keep();
    this.tell();
  }

  // Each reply of whoever judges.
  follow(sheet, reply) {
    const isChanged = this.texts && this.texts !== JSON.stringify(reply.state.texts);
    this.texts = JSON.stringify(reply.state.texts);
    if (isChanged) this.answer = "";
    this.reply = reply;
    this.begin();
    if (!this.sheet) return; // it is opened first
    if (this.isAsking && isChanged) this.reveal();
    else this.tell();
  }

  // One sentence, and one button.
  tell() {
    const { reply, sheet } = this;
    const [wrong] = reply.causes;
    const button = (words, onclick) => h("button", { type: "button", className: "door fix", onclick }, words);
    if (this.isAsking) this.say("asking", () => [this.asking, h("button", { type: "button", onclick: () => this.pick() }, "Show me")]);
    else if (reply.ok) this.say("ok", () => [FIXED, h("a", { className: "door", href: `#/kata/${site.first}` }, "Solve the first kata")]);
    else if (!wrong) this.say("to do", () => [TO_DO]);
    else {
      const words = `${this.answer ?? ""}${reply.verdict[wrong].slip ?? `${wrong} is wrong.`} `;
      this.say(words, () => [words, button("Fix it", async () => {
        if (sheet.mode !== "fill") await sheet.enter("fill");
        const box = sheet.boxes.byId.get(sheet.causes[0]);
        box?.focus();
        box?.select();
      })]);
    }
  }

  say(what, parts) {
    this.asking ??= this.task.firstChild.textContent;
    if (this.said === what) return;
    this.said = what;
    this.task.replaceChildren(...parts());
  }
}
