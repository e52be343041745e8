// The sheet as an ES module without dependencies. A host gives it a link:
//
//     ask(message) -> Promise(reply)    the one way to Python, which owns all state
//     polls                             whether to ask now and then if something has changed elsewhere
//     remembers                         whether to keep what is shown, for a program that is started again
//     onChange(listener)                where the host says by itself that something has changed
//     stands, narrow                    whether the picture stands in the page already, and whether it is the upright one
//
// It shows what it is told and says what was typed; it judges nothing and works nothing out. Each reply holds all that
// the sheet shows, of a `version` in a `run` of the program: what is not shown yet is drawn before anything else.

import { Boxes } from "./boxes.js";
import { Predict, Watch } from "./pass.js";
import { Maps } from "./maps.js";
import { Memory } from "./memory.js";
import { Picture, calm } from "./picture.js";
import { Share } from "./share.js";
import { Touch } from "./touch.js";

const POLL_MS = 2000;
const NARROW = 600; // pixels, below which the graph stands upright

export async function mount(el, link) {
  const sheet = new Sheet(el, link);
  await sheet.open();
  return sheet;
}

class Sheet {
  constructor(el, link) {
    this.el = el;
    this.link = link;
    this.way = null; // through the pass, unless it is filled in
    this.chosen = null;
    this.run = null;
    this.version = -1;
    this.isLost = false;
    this.turn = 0; // how often a mode was chosen
    this.typed = null; // what was entered last, and where that led
    /** @type {Promise<any>} */
    this.last = Promise.resolve(); // the answer to what was asked last
  }

  find(selector) {
    return this.el.querySelector(selector);
  }

  all(selector) {
    return [...this.el.querySelectorAll(selector)];
  }

  // Asking.

  // One question at a time, or an older one might be answered last.
  ask(message) {
    this.last = this.last.then(() => this.askNow(message));
    return this.last;
  }

  async askNow(message) {
    const reply = await this.answer(message).catch(() => ({ type: "lost" }));
    this.isLost = reply.type === "lost";
    this.find(".hg-lost").hidden = !this.isLost;
    this.draw(reply);
    if (reply.run === this.run) this.boxes.sendAgain();
    return reply;
  }

  // A program that was started again is first sent all that is shown here.
  async answer(message) {
    const ask = () => this.link.ask({ ...message, run: this.run, version: this.version });
    const reply = await ask();
    if (reply.type !== "restarted") return reply;
    if (reply.key !== this.sheet.key) return this.link.polls ? (location.reload(), reply) : reply;
    await this.restore(this.memory.newest(this.state));
    return ask();
  }

  // Whether there was one, and it was taken over.
  async restore(state) {
    const reply = state && (await this.link.ask({ do: "restore", ...state }));
    if (reply) this.draw(reply);
    return Boolean(reply?.verdict);
  }

  async open() {
    this.narrow = this.link.narrow ?? this.el.clientWidth < NARROW;
    this.sheet = await this.link.ask({ do: "open", narrow: this.narrow });
    if (this.sheet.type !== "sheet") return void (this.el.textContent = this.sheet.message);
    if (!this.link.stands && (this.narrow || !this.find(".hg-picture"))) this.el.innerHTML = this.sheet.html;
    this.el.classList.add("hg-sheet", "hg-live");
    this.el.classList.toggle("is-narrow", this.narrow);
    this.nodes = new Map(this.sheet.nodes.map((node) => [node.id, node]));
    this.asked = this.sheet.nodes.filter((node) => node.is_asked);
    this.picture = new Picture(this.el, this.nodes, this.narrow);
    this.boxes = new Boxes(this);
    this.touch = new Touch(this);
    this.maps = new Maps(this);
    this.memory = new Memory(this);
    this.share = new Share(this);
    this.listen();
    const { given } = this.share;
    const state = this.memory.newest(given.state); // before what is drawn first is remembered
    if (!(await this.restore(state))) this.draw(this.sheet); // what stood here before does not flash up
    this.boxes.bringBack();
    await this.enter(given.mode ?? this.sheet.mode);
    if (this.link.polls) {
      setInterval(() => document.hidden || this.catchUp(), POLL_MS);
      addEventListener("focus", () => this.catchUp());
    }
    this.link.onChange?.((reply) => reply.version > this.version && this.draw(reply));
    this.listenToTabs();
  }

  // Another tab that shows the same sheet says at once when something has changed there.
  listenToTabs() {
    if (!this.link.polls || typeof BroadcastChannel !== "function") return;
    this.tabs = new BroadcastChannel(`handgrad sheet ${location.pathname}`);
    this.tabs.addEventListener("message", ({ data }) => {
      if (data.run !== this.run || data.version > this.version) this.catchUp();
    });
  }

  catchUp() {
    return this.ask({ do: "state", key: this.sheet.key });
  }

  choose(id) {
    this.chosen = id;
    for (const card of this.all(".card")) card.classList.toggle("chosen", card.dataset.node === this.nodes.get(id).key);
    const box = this.boxes.byId.get(id) ?? this.touch.parts.get(id).box;
    box.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm() ? "auto" : "smooth" });
    if (this.hinted !== id) this.hints([]);
  }

  // Showing.

  // All that a reply holds, unless it is shown already.
  draw(reply) {
    const { run, version } = reply;
    const isOurs = reply.verdict && reply.type !== "restarted" && reply.key === this.sheet.key;
    if (!isOurs || (run === this.run && version === this.version)) return;
    if (this.run) this.tabs?.postMessage({ run, version });
    this.run = run;
    this.version = version;
    this.state = reply.state;
    this.verdict = reply.verdict;
    this.memory.keep();
    for (const node of this.sheet.nodes) {
      const entry = reply.verdict[node.id];
      if (!entry) continue;
      const card = this.picture.card(node.id);
      for (const word of ["correct", "wrong", "carried", "missing", "skipped", "typed-in"]) card.classList.remove(word);
      card.classList.add(entry.status === "typed" ? "typed-in" : entry.status);
      card.querySelector(".status").textContent = entry.status === "skipped" ? "" : entry.status;
      const typed = card.querySelector(".typed");
      if (typed) typed.textContent = entry.text || (node.is_asked ? (entry.hole ?? "?") : "");
      if (entry.map !== undefined) card.querySelector(".heat").innerHTML = entry.map;
      const state = this.find(`.state[data-node="${node.key}"]`);
      if (state) state.textContent = entry.state;
      this.boxes.show(node, entry);
    }
    this.find(".hg-summary").textContent = reply.summary;
    this.find(".hg-judge input").checked = reply.judged === "at once";
    this.el.classList.toggle("on-demand", reply.judged !== "at once");
    this.el.classList.toggle("all-right", reply.ok);
    if (reply.ok !== this.isRight) this.picture.green(this.sheet, reply.ok, this.isRight !== undefined);
    this.isRight = reply.ok;
    this.touch.show(reply);
    this.share.keep();
    this.causes = reply.causes;
    const causes = reply.causes.map((id) => this.item(reply.verdict[id].slip ?? id));
    this.find(".hg-causes").replaceChildren(...causes);
    this.dress();
    if (this.mode === "fill") this.outdate();
    if (reply.cards && this.way) this.enter(this.mode, this.way.at); // the pass is another in other numbers
    this.link.onVerdict?.(this, reply);
  }

  // What was said of the state before is not said of this one.
  outdate() {
    this.say("");
    const id = this.find(".hg-under")?.dataset.about;
    if (id) this.under(id, this.verdict[id].slip);
  }

  // What a reply says.
  tell(reply) {
    this.say(reply.say ?? reply.message ?? "", reply.why);
  }

  item(text) {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }

  // `why` stands in the list of mistakes for the eye, and is spoken here.
  say(text, why) {
    const spoken = document.createElement("span");
    spoken.className = "hg-hidden";
    spoken.textContent = why ? ` ${why}` : "";
    this.find(".hg-say").replaceChildren(text, spoken);
  }

  // On a narrow screen a sentence also stands directly under the card that it is about.
  under(id, text) {
    this.find(".hg-under")?.remove();
    if (!this.narrow || !text || !this.picture.card(id)) return;
    const note = document.createElement("p");
    note.className = `hg-under ${this.mode === "fill" ? this.verdict[id].status : ""}`;
    note.dataset.about = id;
    note.setAttribute("aria-hidden", "true"); // it is said already
    note.textContent = text;
    const [left, top, width, height] = this.picture.placeOf(id);
    note.style.top = `${top + height + 4}px`;
    // Whole in the part of the graph that is in sight, where the card is.
    const [from, to] = this.picture.inSight(left + width / 2);
    note.style.maxWidth = `${to - from - 8}px`;
    this.find(".hg-canvas").append(note);
    note.style.left = `${Math.max(from + 4, Math.min(to - note.offsetWidth - 4, left + (width - note.offsetWidth) / 2))}px`;
  }

  hints(list) {
    this.find(".hg-hints").replaceChildren(...list.map((text) => this.item(text)));
  }

  // The three ways.

  // `at` is the step to begin at, where the pass can.
  async enter(mode, at) {
    const turn = ++this.turn;
    this.way?.stop();
    this.way = null;
    this.mode = mode;
    this.el.dataset.mode = mode;
    for (const button of this.all("[data-mode]")) {
      if (button.tagName !== "BUTTON") continue;
      button.disabled = false;
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    this.hints([]);
    this.under();
    this.touch.clear();
    this.picture.clear();
    this.find(".hg-step").hidden = true;
    this.say("");
    // A mistake is seen first; else what there is to do first, or the root, where the pass begins.
    this.picture.centre([...(mode === "fill" ? [...this.causes, ...this.toDo()] : []), this.sheet.root]);
    if (mode === "fill" && this.causes.length) this.under(this.causes[0], this.verdict[this.causes[0]].slip);
    if (mode !== "fill") {
      const reply = await this.ask({ do: mode === "watch" ? "steps" : "plan" });
      if (turn !== this.turn) return; // another mode was chosen meanwhile
      if (!reply.steps) return this.say(reply.message ?? "");
      this.way = new { watch: Watch, predict: Predict }[mode](this, reply);
      await this.way.begin(at);
      if (turn !== this.turn) return;
    }
    this.dress();
    this.share.keep();
    this.el.dataset.ready = mode;
  }

  async switchTo(mode) {
    await this.enter(mode);
    if (mode === "predict" && this.way) this.find(".hg-guess").focus(); // its question comes first
  }

  // Each mode's own buttons.
  dress() {
    const demand = this.el.classList.contains("on-demand");
    for (const part of this.all("[data-in]")) {
      const modes = part.dataset.in.split(" ");
      part.hidden = !modes.includes(this.mode) && !(this.mode === "fill" && demand && modes.includes("demand"));
    }
    for (const button of this.all("[data-do]")) button.disabled = false;
    const dead = { ...this.touch.dead(), ...this.way?.dead() };
    for (const [what, isDead] of Object.entries(dead)) {
      const button = this.button(what); // none where the page has gone on to another sheet meanwhile
      if (button) button.disabled = isDead;
    }
  }

  button(what) {
    return this.find(`[data-do="${what}"]`);
  }

  // Buttons.

  async act(what) {
    if (what === "next") {
      await this.ask({ do: "next" });
      return location.reload();
    }
    if (this.way) return this.way.act(what);
    if (what === "hint") {
      await this.hint(this.target());
    } else if (what === "reveal") {
      this.tell(await this.ask({ do: "reveal", node: this.target() }));
    } else if (what === "check") {
      for (const node of this.asked) await this.boxes.fill(node.id);
      this.tell(await this.ask({ do: "check" }));
    } else if (what === "reset") {
      await this.empty();
    } else {
      await this.touch.act(what);
    }
  }

  // The node worked on last, else the first that is not right. From a mistake, Enter has only gone on by itself.
  target() {
    const { id, next } = this.typed ?? {};
    if (this.chosen === next && this.verdict[id]?.status === "wrong") return id;
    if (this.chosen) return this.chosen;
    return this.toDo()[0] ?? this.asked[0].id;
  }

  toDo() {
    return this.asked.filter((node) => this.verdict[node.id].status !== "correct").map((node) => node.id);
  }

  async hint(id) {
    const reply = await this.ask({ do: "hint", node: id });
    if (reply.type === "hint") {
      this.hinted = id;
      this.hints(reply.hints);
    }
    this.say(reply.message ?? "");
  }

  async empty() {
    this.boxes.empty();
    this.hints([]);
    this.tell(await this.ask({ do: "reset" }));
    this.boxes.focus(this.asked[0]?.id);
  }

  listen() {
    for (const button of this.all("button[data-mode]")) button.addEventListener("click", () => this.switchTo(button.dataset.mode));
    for (const button of this.all("[data-do]")) {
      button.addEventListener("click", (event) => (event.preventDefault(), this.act(button.dataset.do)));
    }
    this.find(".hg-predict").addEventListener("submit", (event) => event.preventDefault());
    this.find(".hg-guess").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.way?.act("check");
    });
    const entry = this.find(".hg-entry input");
    if (entry) {
      entry.disabled = false;
      entry.form.addEventListener("submit", async (event) => {
        event.preventDefault();
        this.tell(await this.ask({ do: "entry", node: this.target(), at: entry.value }));
      });
    }
    const judge = this.find(".hg-judge input");
    judge?.toggleAttribute("disabled", false);
    judge?.addEventListener("change", (event) => {
      this.ask({ do: "judge", when: event.target.checked ? "at once" : "on demand" });
    });
    this.el.addEventListener("keydown", (event) => this.key(event));
    // A page of one sheet hears Ctrl+Z wherever nothing has the focus, too.
    const elsewhere = (event) => {
      if (!this.el.isConnected) document.removeEventListener("keydown", elsewhere);
      else if (event.target === document.body) this.key(event);
    };
    if (this.link.address) document.addEventListener("keydown", elsewhere);
    this.find(".hg-picture").addEventListener("click", (event) => this.clicked(event));
    for (const button of this.all("[data-zoom]")) {
      button.disabled = false;
      button.addEventListener("click", () => this.picture.zoomTo(button.dataset.zoom));
    }
  }

  key(event) {
    const isTyping = ["INPUT", "SELECT"].includes(event.target.tagName) && event.target.type !== "range";
    if (this.mode === "fill" && !isTyping && (event.ctrlKey || event.metaKey) && "zy".includes(event.key.toLowerCase())) {
      event.preventDefault();
      return void this.touch.act(event.shiftKey || event.key.toLowerCase() === "y" ? "redo" : "undo");
    }
    if (this.mode !== "watch" || isTyping || event.target.classList.contains("hg-pan")) return;
    const by = { ArrowRight: "step", ArrowLeft: "back" }[event.key];
    if (!by) return;
    event.preventDefault();
    this.act(by);
  }

  clicked(event) {
    if (event.target.closest(".is-dragged")) return;
    const key = event.target.closest(".card")?.dataset.node;
    const node = this.sheet.nodes.find((known) => known.key === key);
    if (!node) return;
    if (this.mode === "fill") this.boxes.focus(node.id);
    else if (this.mode === "watch") this.way?.goToNode(node.id);
  }
}
