// A sheet on which one gradient is wrong: the visitor points at it, sees why, and fixes it.
import { h } from "./dom.js";
import { calm } from "./picture.js";

const TURN_MS = 420; // between two edges of the pass that plays by itself
const TO_DO = "Fill in the gradient of each node: begin at the output and go against the arrows.";
const IN_MENU = ".hg-modes, .hg-actions, .hg-touch, .hg-zoom, .hg-share, .hg-words";

export class Finder {
  // `task` is where the one sentence stands with the one button; `asking` and `fixed` are what it says at both ends. Who
  // is patient has the visitor point until it is found.
  constructor(task, address, { asking, fixed, isPatient = false }) {
    this.task = task;
    this.own = address;
    this.asking = asking;
    this.fixed = fixed;
    this.isPatient = isPatient;
    this.guesses = [];
    const given = address.read();
    this.isPicked = given.has("seen");
    this.isAsking = !this.isPicked && !given.has("fill") && !given.has("mode");
  }

  // The address of the sheet, which says besides whether the mistake has been seen.
  get address() {
    const write = (parameters) => {
      if (this.isPicked) parameters.set("seen", "");
      this.own.write(parameters);
    };
    return { ...this.own, write };
  }

  // The element is about to be a sheet.
  dress(el) {
    this.el = el;
    el.classList.toggle("hg-asking", this.isAsking);
  }

  // It is one now.
  begin(sheet) {
    this.sheet = sheet;
    this.tidy();
    this.listen();
    this.tell();
    if (this.isAsking && !calm()) this.play();
  }

  // What is not needed at first goes into one menu.
  tidy() {
    const parts = this.el.querySelectorAll(IN_MENU);
    const menu = h("details", { className: "hg-menu" }, h("summary", {}, "Menu"), h("div", { className: "hg-tools" }, ...parts));
    this.el.querySelector(".hg-top").append(menu);
  }

  // The numbers come in as the pass brings them, from the output on against the arrows.
  play() {
    const { sheet } = this;
    const found = sheet.asked.flatMap(({ id }) => sheet.sheet.edges.filter(({ operand, consumer }) => operand === id && consumer));
    this.el.classList.add("is-playing");
    sheet.boxes.byId.get(sheet.sheet.root)?.classList.add("is-there");
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
    this.el?.classList.remove("is-playing");
  }

  listen() {
    this.el.addEventListener("pointerdown", () => this.stop());
    const point = (event) => {
      if (!this.isAsking) return;
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
    this.guesses.push(id ? status : "shown");
    const carried = `Not ${id}: it only follows from ${this.isPatient ? "the wrong one" : wrong}. `;
    this.answer = !id ? "" : { wrong: "Yes. ", carried, correct: `Not ${id}: it is right. ` }[status];
    if (this.isPatient && id && status !== "wrong") return this.tell();
    this.reveal();
    this.sheet.choose(wrong);
  }

  reveal() {
    Object.assign(this, { isAsking: false, isPicked: true });
    this.el.classList.remove("hg-asking");
    this.sheet.under();
    this.sheet.share.keep();
    this.tell();
  }

  // Each reply of whoever judges.
  follow(reply) {
    const texts = JSON.stringify(reply.state.texts);
    const isChanged = this.texts !== undefined && this.texts !== texts;
    this.texts = texts;
    if (isChanged) this.answer = "";
    this.reply = reply;
    if (!this.sheet) return; // it is opened first
    if (this.isAsking && isChanged) this.reveal();
    else this.tell();
  }

  // One sentence, and one button.
  tell() {
    const { reply, sheet, answer = "" } = this;
    const [wrong] = reply.causes;
    const button = (words, className, onclick) => h("button", { type: "button", className, onclick }, words);
    if (this.isAsking) {
      this.say(`asking ${answer}`, () => [answer || this.asking, " ", button("Show me", "", () => this.pick())]);
    } else if (reply.ok) {
      this.say("ok", () => this.fixed(this));
    } else if (!wrong) {
      this.say("to do", () => [TO_DO]);
    } else {
      const fix = async () => {
        if (sheet.mode !== "fill") await sheet.enter("fill");
        const box = sheet.boxes.byId.get(sheet.causes[0]);
        box?.focus();
        box?.select();
      };
      const words = `${answer}${reply.verdict[wrong].slip ?? `${wrong} is wrong.`} `;
      this.say(words, () => [words, button("Fix it", "door fix", fix)]);
    }
  }

  say(what, parts) {
    if (this.said === what) return;
    this.said = what;
    this.task.replaceChildren(...parts());
  }
}
