// The sheet as an ES module without dependencies. A host gives it a link:
//
//     ask(message) -> Promise(reply)    the one way to Python, which owns all state
//     polls                             whether to ask now and then if something has changed elsewhere
//     remembers                         whether to keep what was typed, for a program that is started again
//     onChange(listener)                where the host says by itself that something has changed
//
// It shows what it is told and says what was typed; it judges nothing and works nothing out.

const SVG = "http://www.w3.org/2000/svg";
const PLAY_MS = 2200;
const POLL_MS = 2000;
const NARROW = 600; // pixels, below which the graph stands upright
const SMALLEST = 1.4; // how many times wider than its place a graph may be to be made to fit from the start
let sheets = 0;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export async function mount(el, link) {
  const sheet = new Sheet(el, link);
  await sheet.open();
  return sheet;
}

class Sheet {
  constructor(el, link) {
    this.el = el;
    this.link = link;
    this.uid = `hg${sheets++}`;
    this.boxes = new Map(); // node id -> its textbox
    this.steps = null;
    this.plan = null;
    this.told = []; // of the plan, the steps that were answered
    this.at = -1;
    this.zoom = 1;
    this.chosen = null;
    this.version = -1;
    this.isLost = false;
  }

  find(selector) {
    return this.el.querySelector(selector);
  }

  all(selector) {
    return [...this.el.querySelectorAll(selector)];
  }

  // Asking.

  async ask(message) {
    try {
      const reply = await this.link.ask(message);
      if (this.isLost) {
        this.isLost = false;
        this.find(".hg-lost").hidden = true;
        await this.bringBack();
      }
      return reply;
    } catch {
      this.isLost = true;
      this.find(".hg-lost").hidden = false;
      return { type: "lost" };
    }
  }

  async open() {
    this.narrow = this.el.clientWidth < NARROW;
    this.sheet = await this.link.ask({ do: "open", narrow: this.narrow });
    if (this.narrow || !this.find(".hg-picture")) this.el.innerHTML = this.sheet.html;
    this.el.classList.add("hg-sheet", "hg-live");
    this.nodes = new Map(this.sheet.nodes.map((node) => [node.id, node]));
    this.asked = this.sheet.nodes.filter((node) => node.is_asked);
    this.makeBoxes();
    this.listen();
    if (this.frame.width < SMALLEST * this.find(".hg-pan").clientWidth) this.zoomTo("whole");
    this.show(this.sheet);
    await this.bringBack();
    await this.enter(this.sheet.mode);
    if (this.link.polls) {
      setInterval(() => document.hidden || this.catchUp(), POLL_MS);
      addEventListener("focus", () => this.catchUp());
    }
    this.link.onChange?.((reply) => reply.version > this.version && this.show(reply));
  }

  async catchUp() {
    const reply = await this.ask({ do: "state", version: this.version, key: this.sheet.key });
    if (reply.key && reply.key !== this.sheet.key) location.reload();
    else if (reply.type === "verdict") this.show(reply);
  }

  // What was typed, for a program that was started again.

  get memory() {
    return `handgrad sheet ${this.sheet.key}`;
  }

  remember() {
    if (!this.link.remembers) return;
    const texts = {};
    for (const [id, box] of this.boxes) if (box.value) texts[id] = box.value;
    try {
      localStorage.setItem(this.memory, JSON.stringify(texts));
    } catch {
      // A browser that keeps nothing: the program still has it.
    }
  }

  async bringBack() {
    let texts = {};
    try {
      if (this.link.remembers) texts = JSON.parse(localStorage.getItem(this.memory)) ?? {};
    } catch {
      texts = {};
    }
    for (const [id, box] of this.boxes) if (box.value) texts[id] = box.value;
    const lost = Object.entries(texts).filter(([id, text]) => text && this.verdict[id] && !this.verdict[id].text);
    const state = this.isLost ? null : await this.link.ask({ do: "restore", texts }).catch(() => null);
    if (state?.type === "verdict") this.show(state);
    for (const [id, text] of lost) {
      const box = this.boxes.get(id);
      if (box && !box.value) box.value = text;
    }
  }

  // The boxes to type in.

  makeBoxes() {
    const canvas = this.find(".hg-canvas");
    const picture = this.find(".hg-picture");
    const [left, top, width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
    this.frame = { width, height };
    for (const [place, node] of this.asked.entries()) {
      const box = document.createElement("input");
      const state = document.createElement("span");
      state.id = `${this.uid}-${place}`;
      state.className = "hg-hidden";
      Object.assign(box, { className: "hg-box", type: "text", autocomplete: "off", spellcheck: false, placeholder: "?" });
      box.setAttribute("aria-label", node.described);
      box.setAttribute("aria-describedby", state.id);
      box.setAttribute("autocapitalize", "off");
      box.setAttribute("enterkeyhint", "next");
      const [x, y, w, h] = node.slot;
      Object.assign(box.style, { left: `${x - left}px`, top: `${y - top}px`, width: `${w}px`, height: `${h}px` });
      box.addEventListener("keydown", (event) => this.typed(event, node.id));
      box.addEventListener("input", () => this.remember());
      box.addEventListener("change", () => this.fill(node.id));
      box.addEventListener("focus", () => this.choose(node.id));
      canvas.append(box, state);
      this.boxes.set(node.id, box);
    }
  }

  async typed(event, id) {
    const order = this.asked.map((node) => node.id);
    const at = order.indexOf(id);
    if (event.key === "Enter") {
      event.preventDefault();
      if (await this.fill(id)) this.boxes.get(order[(at + 1) % order.length]).focus();
    } else if (event.key === "Escape") {
      this.boxes.get(id).value = this.verdict[id].text;
    }
  }

  // Whether what stands there was understood.
  async fill(id) {
    const box = this.boxes.get(id);
    if (box.value === this.verdict[id].text && !box.dataset.typo) return true;
    const text = box.value;
    const reply = await this.ask({ do: "fill", node: id, text });
    if (reply.type === "typo" || reply.type === "error") {
      box.dataset.typo = "yes";
      box.setAttribute("aria-invalid", "true");
      this.say(reply.message);
      return false;
    }
    if (reply.type !== "verdict") return false;
    delete box.dataset.typo;
    this.show(reply);
    this.remember();
    return true;
  }

  choose(id) {
    this.chosen = id;
    for (const card of this.all(".card")) card.classList.toggle("chosen", card.dataset.node === this.nodes.get(id).key);
    const box = this.boxes.get(id);
    box.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm() ? "auto" : "smooth" });
    if (this.hinted !== id) this.hints([]);
  }

  // Showing.

  show(reply) {
    this.version = reply.version;
    this.verdict = reply.verdict;
    for (const node of this.sheet.nodes) {
      const entry = reply.verdict[node.id];
      if (!entry) continue;
      const card = this.find(`.card[data-node="${node.key}"]`);
      for (const word of ["correct", "wrong", "carried", "missing", "skipped", "typed-in"]) card.classList.remove(word);
      card.classList.add(entry.status === "typed" ? "typed-in" : entry.status);
      card.querySelector(".status").textContent = entry.status === "skipped" ? "" : entry.status;
      const typed = card.querySelector(".typed");
      if (typed) typed.textContent = entry.text || (node.is_asked ? (entry.hole ?? "?") : "");
      if (entry.map !== undefined) card.querySelector(".heat").innerHTML = entry.map;
      const state = this.find(`.state[data-node="${node.key}"]`);
      if (state) state.textContent = entry.state;
      this.showBox(node, entry);
    }
    this.find(".hg-summary").textContent = reply.summary;
    this.find(".hg-judge input").checked = reply.judged === "at once";
    this.el.classList.toggle("on-demand", reply.judged !== "at once");
    this.el.classList.toggle("all-right", reply.ok);
    this.causes = reply.causes;
    const causes = reply.causes.map((id) => this.item(reply.verdict[id].slip ?? id));
    this.find(".hg-causes").replaceChildren(...causes);
    this.dress();
    if (reply.say) this.say(reply.say, reply.why);
  }

  showBox(node, entry) {
    const box = this.boxes.get(node.id);
    if (!box) return;
    const isTyping = box === document.activeElement && box.value !== entry.text;
    if (!isTyping && !box.dataset.typo && (entry.text || box.value === (this.shown?.[node.id] ?? box.value))) {
      box.value = entry.text;
    }
    this.shown = { ...this.shown, [node.id]: entry.text };
    box.placeholder = entry.hole ?? "?";
    box.dataset.status = entry.status;
    if (!box.dataset.typo) box.setAttribute("aria-invalid", String(entry.status === "wrong"));
    box.nextElementSibling.textContent = entry.status;
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

  hints(list) {
    this.find(".hg-hints").replaceChildren(...list.map((text) => this.item(text)));
  }

  // The three ways.

  async enter(mode) {
    this.stop();
    this.mode = mode;
    this.el.dataset.mode = mode;
    for (const button of this.all("[data-mode]")) {
      if (button.tagName !== "BUTTON") continue;
      button.disabled = false;
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    this.hints([]);
    this.clearPass();
    this.say("");
    this.goToStart();
    if (mode === "watch") {
      const reply = await this.ask({ do: "steps" });
      if (reply.type !== "steps") return this.say(reply.message ?? "");
      this.steps = reply;
      this.goTo(-1);
    } else if (mode === "predict") {
      const reply = await this.ask({ do: "plan" });
      if (reply.type !== "plan") return this.say(reply.message ?? "");
      this.plan = reply;
      this.told = [];
      await this.askFor(0);
    }
    this.dress();
    this.el.dataset.ready = mode;
  }

  // A mistake is seen first; else the root, where the pass begins.
  goToStart() {
    const first = this.card((this.mode === "fill" && this.causes[0]) || this.sheet.root);
    if (!first) return;
    const pan = this.find(".hg-pan");
    const [outer, inner] = [pan.getBoundingClientRect(), first.getBoundingClientRect()];
    pan.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
    pan.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
  }

  // Each mode's own buttons.
  dress() {
    const demand = this.el.classList.contains("on-demand");
    for (const part of this.all("[data-in]")) {
      const modes = part.dataset.in.split(" ");
      part.hidden = !modes.includes(this.mode) && !(this.mode === "fill" && demand && modes.includes("demand"));
    }
    for (const button of this.all("[data-do]")) button.disabled = false;
    if (this.mode === "watch" && this.steps) {
      this.button("back").disabled = this.at < 0;
      this.button("step").disabled = this.at >= this.steps.steps.length - 1;
    }
    if (this.mode === "predict" && this.plan) {
      this.button("back").disabled = this.at <= 0;
      this.button("step").disabled = !this.told[this.at];
    }
  }

  button(what) {
    return this.find(`[data-do="${what}"]`);
  }

  clearPass() {
    this.at = -1;
    this.find(".hg-step").hidden = true;
    this.find(".over").replaceChildren();
    for (const part of this.all(".lit, .done, .now")) part.classList.remove("lit", "done", "now");
    for (const edge of this.all(".edge")) edge.setAttribute("marker-end", "url(#hg-tip)");
    for (const sum of this.all(".sum")) sum.textContent = "";
  }

  // Watch.

  goTo(at) {
    this.clearPass();
    this.at = Math.max(-1, Math.min(this.steps.steps.length - 1, at));
    const done = this.steps.steps.slice(0, this.at + 1);
    this.sum(this.steps.start, false);
    this.draw(done);
    const step = this.steps.steps[this.at];
    const end = this.at === this.steps.steps.length - 1 ? ` ${this.steps.end}` : "";
    this.say(step ? `${step.heading}: ${step.say}${end}` : this.steps.start.say);
    this.dress();
  }

  draw(done) {
    for (const [place, step] of done.entries()) this.sum(step, place === done.length - 1);
    const step = done.at(-1);
    if (!step) return;
    this.find(".hg-step").hidden = false;
    this.find(".hg-rule").textContent = step.rule;
    this.find(".hg-plugged").textContent = step.plugged;
    this.find(".hg-plugged").hidden = this.find(".hg-plugged").previousElementSibling.hidden = !step.plugged;
    this.light(step, step.shown.product);
  }

  sum(step, isNow) {
    const card = this.card(step.operand);
    if (card) {
      card.querySelector(".sum").textContent = step.shown.sum;
      card.classList.add("done");
      card.classList.toggle("now", isNow);
    }
    if (step.edge) this.edge(step.edge)?.classList.add("done");
  }

  // A node's card; what stands between two named arrays has none.
  card(id) {
    const node = this.nodes.get(id);
    return node ? this.find(`.card[data-node="${node.key}"]`) : null;
  }

  edge(key) {
    return this.find(`.edge[data-edge="${key}"]`);
  }

  light(step, text) {
    this.card(step.operand)?.classList.add("lit");
    this.card(step.consumer)?.classList.add("lit");
    const edge = step.edge && this.edge(step.edge);
    if (edge) {
      edge.classList.add("lit");
      edge.setAttribute("marker-end", "url(#hg-tip-lit)");
      this.write(edge, text);
      this.send(edge);
    }
    const parts = [this.card(step.operand), edge, this.card(step.consumer)].filter(Boolean);
    if (parts.length) this.bringIntoView(parts);
  }

  // The product above the operation, or in an upright graph beside the edge.
  write(edge, text) {
    if (!text) return;
    const { x, y } = edge.getPointAtLength(edge.getTotalLength() / (this.narrow ? 2 : 1));
    const label = document.createElementNS(SVG, "text");
    const paper = document.createElementNS(SVG, "rect");
    label.setAttribute("class", "product");
    paper.setAttribute("class", "product-paper");
    label.textContent = text;
    this.find(".over").append(paper, label);
    const half = label.getComputedTextLength() / 2 + 8;
    // To the left, where the operand's card has room, rather than over the consumer's name.
    const wanted = this.narrow ? x + half + 10 : Math.min(x + 14, x + 56 - half);
    const middle = Math.min(Math.max(wanted, half - 10), this.frame.width - half - 18);
    const top = this.narrow ? y - 11 : y < 40 ? y + 22 : y - 42;
    label.setAttribute("x", middle);
    label.setAttribute("y", top + 16);
    const box = { x: middle - half, y: top, width: 2 * half, height: 23, rx: 11.5 };
    for (const side in box) paper.setAttribute(side, box[side]);
  }

  // The contribution on its way, from the consumer to the operand.
  send(edge) {
    if (calm()) return;
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("class", "drop");
    dot.setAttribute("r", 5);
    this.find(".over").append(dot);
    const length = edge.getTotalLength();
    const start = performance.now();
    const move = (now) => {
      const share = Math.min(1, (now - start) / 600);
      const point = edge.getPointAtLength(length * (1 - share));
      dot.setAttribute("cx", point.x);
      dot.setAttribute("cy", point.y);
      if (share < 1 && dot.isConnected) requestAnimationFrame(move);
      else dot.remove();
    };
    move(start);
  }

  // As many of the parts as there is room for, the first of them in any case.
  bringIntoView(parts) {
    const pan = this.find(".hg-pan");
    const outer = pan.getBoundingClientRect();
    let inner = parts[0].getBoundingClientRect();
    for (const part of parts.slice(1)) {
      const box = part.getBoundingClientRect();
      const [left, top] = [Math.min(inner.left, box.left), Math.min(inner.top, box.top)];
      const [right, bottom] = [Math.max(inner.right, box.right), Math.max(inner.bottom, box.bottom)];
      if (right - left < outer.width && bottom - top < outer.height) inner = { left, top, right, bottom };
    }
    const behavior = calm() ? "auto" : "smooth";
    const over = (low, high, from, to) => (low < from ? low - from - 16 : high > to ? high - to + 16 : 0);
    pan.scrollBy({
      left: over(inner.left, inner.right, outer.left, outer.right),
      top: over(inner.top, inner.bottom, outer.top, outer.bottom),
      behavior,
    });
  }

  play() {
    if (this.timer) return this.stop();
    if (this.at >= this.steps.steps.length - 1) this.goTo(-1);
    this.button("play").textContent = "Pause";
    const next = () => {
      this.goTo(this.at + 1);
      if (this.at >= this.steps.steps.length - 1) this.stop();
      else this.timer = setTimeout(next, PLAY_MS / Number(this.find(".hg-speed select").value));
    };
    this.timer = setTimeout(next, 300);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    const play = this.button("play");
    if (play) play.textContent = "Play";
  }

  // Predict.

  async askFor(at) {
    this.clearPass();
    this.at = Math.max(0, Math.min(this.plan.steps.length - 1, at));
    if (!this.plan.steps.length) return this.say(this.plan.end);
    this.sum({ operand: this.sheet.root, shown: { sum: "1" } }, false);
    this.draw(this.told.slice(0, this.at));
    this.find(".hg-step").hidden = true;
    this.find(".over").replaceChildren();
    for (const part of this.all(".lit, .now")) part.classList.remove("lit", "now");
    const step = this.plan.steps[this.at];
    const box = this.find(".hg-guess");
    box.value = this.told[this.at] ? this.told[this.at].shown.contribution : "";
    box.setAttribute("aria-label", step.label);
    box.removeAttribute("aria-invalid");
    this.hints([]);
    const reply = await this.ask({ do: "ask", step: this.at });
    this.find(".hg-question").textContent = reply.message ?? "";
    this.light(step, "?");
    this.say(`${reply.heading ?? ""}: ${reply.message ?? ""}`);
    if (this.told[this.at]) this.tell(this.told[this.at], "");
    this.dress();
  }

  async guess() {
    if (this.told[this.at]) return this.forward();
    const box = this.find(".hg-guess");
    const reply = await this.ask({ do: "predict", step: this.at, text: box.value });
    box.setAttribute("aria-invalid", String(reply.type !== "predicted" || !reply.right));
    if (reply.told) this.tell(reply.told, reply.say);
    else this.say(reply.say ?? reply.message ?? "");
  }

  tell(step, say) {
    this.told[this.at] = step;
    this.find(".hg-guess").removeAttribute("aria-invalid");
    this.find(".over").replaceChildren();
    this.draw(this.told.slice(0, this.at + 1));
    const isLast = this.at === this.plan.steps.length - 1;
    this.say(`${say || step.say}${isLast ? ` ${this.plan.end}` : ""}`);
    this.dress();
  }

  async forward() {
    if (this.at < this.plan.steps.length - 1) await this.askFor(this.at + 1);
    this.find(".hg-guess").focus();
  }

  // Buttons.

  async act(what) {
    const at = this.at;
    if (what === "next") {
      await this.ask({ do: "next" });
      return location.reload();
    }
    if (this.mode === "watch") {
      if (what !== "play") this.stop();
      if (what === "play") this.play();
      else this.goTo({ step: at + 1, back: at - 1, again: -1 }[what]);
    } else if (this.mode === "predict") {
      if (what === "step") await this.forward();
      else if (what === "back") await this.askFor(at - 1);
      else if (what === "again") await this.enter("predict");
      else if (what === "check") await this.guess();
      else if (what === "hint") await this.hint(this.plan.steps[at].operand);
      else if (what === "reveal") {
        const reply = await this.ask({ do: "show", step: at });
        if (reply.told) {
          this.tell(reply.told, "");
          this.find(".hg-guess").value = reply.told.shown.contribution;
        }
      }
    } else if (what === "hint") {
      await this.hint(this.target());
    } else if (what === "reveal") {
      const reply = await this.ask({ do: "reveal", node: this.target() });
      this.say(reply.message ?? "");
    } else if (what === "check") {
      await this.fillAll();
      this.show(await this.ask({ do: "check" }));
    } else if (what === "reset") {
      await this.empty();
    }
  }

  // The node worked on last, else the first that is not right.
  target() {
    if (this.chosen) return this.chosen;
    return (this.asked.find((node) => this.verdict[node.id].status !== "correct") ?? this.asked[0]).id;
  }

  async hint(id) {
    const reply = await this.ask({ do: "hint", node: id });
    if (reply.type === "hint") {
      this.hinted = id;
      this.hints(reply.hints);
    }
    this.say(reply.message ?? "");
  }

  async fillAll() {
    for (const node of this.asked) await this.fill(node.id);
  }

  async empty() {
    for (const box of this.boxes.values()) {
      box.value = "";
      delete box.dataset.typo;
    }
    this.remember();
    this.hints([]);
    const reply = await this.ask({ do: "reset" });
    if (reply.type === "verdict") this.show(reply);
    this.boxes.get(this.asked[0]?.id)?.focus();
  }

  listen() {
    for (const button of this.all("button[data-mode]")) button.addEventListener("click", () => this.enter(button.dataset.mode));
    for (const button of this.all("[data-do]")) button.addEventListener("click", () => this.act(button.dataset.do));
    this.find(".hg-predict").addEventListener("submit", (event) => event.preventDefault());
    this.find(".hg-guess").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.guess();
    });
    const entry = this.find(".hg-entry input");
    if (entry) {
      entry.disabled = false;
      entry.form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const reply = await this.ask({ do: "entry", node: this.target(), at: entry.value });
        this.say(reply.message ?? "");
      });
    }
    this.find(".hg-judge input").disabled = false;
    this.find(".hg-judge input").addEventListener("change", async (event) => {
      const reply = await this.ask({ do: "judge", when: event.target.checked ? "at once" : "on demand" });
      if (reply.type === "verdict") this.show(reply);
    });
    this.el.addEventListener("keydown", (event) => this.key(event));
    this.find(".hg-picture").addEventListener("click", (event) => this.clicked(event));
    for (const button of this.all("[data-zoom]")) {
      button.disabled = false;
      button.addEventListener("click", () => this.zoomTo(button.dataset.zoom));
    }
  }

  key(event) {
    const isTyping = ["INPUT", "SELECT"].includes(event.target.tagName);
    if (this.mode !== "watch" || isTyping || event.target.classList.contains("hg-pan")) return;
    const by = { ArrowRight: "step", ArrowLeft: "back" }[event.key];
    if (!by) return;
    event.preventDefault();
    this.act(by);
  }

  clicked(event) {
    const key = event.target.closest(".card")?.dataset.node;
    const node = this.sheet.nodes.find((known) => known.key === key);
    if (!node) return;
    if (this.mode === "fill") this.boxes.get(node.id)?.focus();
    if (this.mode !== "watch") return;
    this.stop();
    this.goTo(this.steps.steps.findIndex((step) => step.operand === node.id));
  }

  zoomTo(how) {
    const pan = this.find(".hg-pan");
    const whole = Math.min(1, (pan.clientWidth - 2) / this.frame.width);
    this.zoom = how === "whole" ? whole : Math.max(0.2, Math.min(2, this.zoom * (how === "in" ? 1.25 : 0.8)));
    const canvas = this.find(".hg-canvas");
    canvas.style.transform = `scale(${this.zoom})`;
    canvas.style.width = `${this.frame.width}px`;
    canvas.style.height = `${this.frame.height}px`;
    canvas.style.marginRight = `${this.frame.width * (this.zoom - 1)}px`;
    canvas.style.marginBottom = `${this.frame.height * (this.zoom - 1)}px`;
  }
}

// A notebook's entry, by anywidget's convention: the kernel answers.
export default {
  async render({ model, el }) {
    const waiting = new Map();
    const listeners = [];
    let next = 0;
    model.on("msg:custom", ({ to, reply }) => {
      if (waiting.has(to)) waiting.get(to)(reply);
      else for (const listener of listeners) listener(reply);
      waiting.delete(to);
    });
    const view = Math.random().toString(36).slice(2);
    const ask = (message) =>
      new Promise((done) => {
        const to = `${view} ${next++}`;
        waiting.set(to, done);
        model.send({ to, message });
      });
    await mount(el, { ask, onChange: (listener) => listeners.push(listener) });
  },
};
