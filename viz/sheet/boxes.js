// The boxes to type gradients in, and what is remembered of them for a program that is started again.

let made = 0;

export class Boxes {
  constructor(sheet) {
    this.sheet = sheet;
    this.byId = new Map();
    this.shown = {}; // by id, what the program said last
    this.waiting = new Map(); // by id, what was sent last and is not answered yet
    this.make(`hg${made++}`);
  }

  make(uid) {
    const canvas = this.sheet.find(".hg-canvas");
    const { left, top } = this.sheet.picture.frame;
    for (const [place, node] of this.sheet.asked.entries()) {
      const box = document.createElement("input");
      const state = document.createElement("span");
      state.id = `${uid}-${place}`;
      state.className = "hg-hidden";
      Object.assign(box, { className: "hg-box", type: "text", autocomplete: "off", spellcheck: false, placeholder: "?" });
      box.setAttribute("aria-label", node.described);
      box.setAttribute("aria-describedby", state.id);
      box.setAttribute("autocapitalize", "off");
      box.setAttribute("enterkeyhint", "next");
      const [x, y, w, h] = node.slot;
      Object.assign(box.style, { left: `${x - left}px`, top: `${y - top}px`, width: `${w}px`, height: `${h}px` });
      box.addEventListener("keydown", (event) => this.typed(event, node.id));
      box.addEventListener("input", (event) => {
        this.remember(node.id);
        // The browser's own undo in a box brings an older text back, which is judged as any other.
        if (event.inputType?.startsWith("history")) this.fill(node.id);
      });
      box.addEventListener("change", () => this.fill(node.id));
      box.addEventListener("focus", () => this.sheet.choose(node.id));
      canvas.append(box, state);
      this.byId.set(node.id, box);
    }
  }

  async typed(event, id) {
    const order = this.sheet.asked.map((node) => node.id);
    const at = order.indexOf(id);
    if (event.key === "Enter") {
      event.preventDefault();
      // On at once, as fingers do not wait for an answer; back where it was not understood.
      const answer = this.fill(id);
      const next = this.byId.get(order[(at + 1) % order.length]);
      const before = next.value;
      next.focus();
      if (!(await answer) && document.activeElement === next && next.value === before) this.focus(id);
    } else if (event.key === "Escape") {
      this.byId.get(id).value = this.sheet.verdict[id].text;
    }
  }

  // Whether what stands there was understood: asked once, though Enter and leaving the box both ask.
  async fill(id) {
    const box = this.byId.get(id);
    const text = box.value;
    const waiting = this.waiting.get(id);
    if (waiting?.text === text) return waiting.answer;
    if (!waiting && text === this.sheet.verdict[id].text && !box.dataset.typo) return true;
    const sent = { text };
    this.waiting.set(id, sent);
    sent.answer = this.send(id, sent);
    return sent.answer;
  }

  async send(id, sent) {
    const box = this.byId.get(id);
    const reply = await this.sheet.ask({ do: "fill", node: id, text: sent.text });
    const isLatest = this.waiting.get(id) === sent;
    if (isLatest) this.waiting.delete(id);
    if (reply.type === "verdict") {
      delete box.dataset.typo;
      this.sheet.show(reply);
      this.sheet.under(id, reply.why ?? reply.say);
      this.remember(id);
      return true;
    }
    if (!isLatest) return true; // what stands there now is answered next
    if (reply.type === "typo" || reply.type === "error") {
      box.dataset.typo = "yes";
      box.setAttribute("aria-invalid", "true");
      this.sheet.say(reply.message);
      this.sheet.under(id, reply.message);
    }
    return false;
  }

  show(node, entry) {
    const box = this.byId.get(node.id);
    if (!box) return;
    const before = this.shown[node.id] ?? "";
    const isTyping = this.waiting.has(node.id) || (box === document.activeElement && box.value !== before);
    if (!isTyping && !box.dataset.typo && (entry.text || box.value === before)) {
      box.value = entry.text;
    }
    this.shown[node.id] = entry.text;
    box.placeholder = entry.hole ?? "?";
    box.dataset.status = entry.status;
    if (!box.dataset.typo) box.setAttribute("aria-invalid", String(entry.status === "wrong"));
    box.nextElementSibling.textContent = entry.status;
  }

  focus(id) {
    this.byId.get(id)?.focus();
  }

  empty() {
    for (const box of this.byId.values()) {
      box.value = "";
      delete box.dataset.typo;
    }
    this.waiting.clear();
    this.keep({});
  }

  // Remembering.

  get memory() {
    return `handgrad sheet ${this.sheet.sheet.key}`;
  }

  get remembered() {
    try {
      return (this.sheet.link.remembers && JSON.parse(localStorage.getItem(this.memory))) || {};
    } catch {
      return {};
    }
  }

  // Box by box, as another tab may have more.
  remember(id) {
    this.keep({ ...this.remembered, [id]: this.byId.get(id).value });
  }

  keep(texts) {
    if (!this.sheet.link.remembers) return;
    try {
      localStorage.setItem(this.memory, JSON.stringify(texts));
    } catch {
      // A browser that keeps nothing: the program still has it.
    }
  }

  // Give a program that was started again what it does not know; whether it answered. `over` is for one that began
  // with something of its own, over which goes what stands here.
  async bringBack(over = false) {
    const { texts: given, data } = this.sheet.share.given;
    const texts = { ...this.remembered, ...given };
    for (const [id, box] of this.byId) if (box.value) texts[id] = box.value;
    const lost = Object.entries(texts).filter(([id, text]) => text && this.sheet.verdict[id] && !this.sheet.verdict[id].text);
    const state = await this.sheet.link.ask({ do: "restore", texts, data, over }).catch(() => null);
    if (state?.type === "verdict") this.sheet.show(state);
    for (const [id, text] of lost) {
      const box = this.byId.get(id);
      if (box && !box.value) box.value = text;
    }
    return state !== null;
  }
}
