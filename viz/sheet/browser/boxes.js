// The boxes to type gradients in.

let made = 0;

export class Boxes {
  constructor(sheet) {
    this.sheet = sheet;
    this.byId = new Map();
    this.shown = {}; // by id, what the program said last
    this.waiting = new Map(); // by id, what was sent last and is not answered yet
    this.unheard = new Set(); // the ids of what was sent to a program that was not there
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
      box.disabled = true; // until what stands there is known
      box.setAttribute("aria-label", node.described);
      box.setAttribute("aria-describedby", state.id);
      box.setAttribute("autocapitalize", "off");
      box.setAttribute("enterkeyhint", "next");
      const [x, y, w, h] = node.slot;
      Object.assign(box.style, { left: `${x - left}px`, top: `${y - top}px`, width: `${w}px`, height: `${h}px` });
      box.addEventListener("keydown", (event) => this.typed(event, node.id));
      box.addEventListener("input", (event) => {
        this.remember(node.id, box.value);
        // The browser's own undo in a box brings an older text back, which is judged as any other.
        if (/** @type {InputEvent} */ (event).inputType?.startsWith("history")) this.fill(node.id);
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
      this.sheet.typed = { id, next: order[(at + 1) % order.length] };
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
    this.unheard.delete(id);
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
      if (box.value === sent.text) this.remember(id);
      this.show(this.sheet.nodes.get(id), reply.verdict[id]);
      this.sheet.tell(reply);
      this.sheet.under(id, reply.why ?? reply.say);
      return true;
    }
    if (!isLatest) return true; // what stands there now is answered next
    if (!reply.run) this.unheard.add(id);
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
    box.disabled = false;
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
    this.unheard.clear();
    this.sheet.memory.unsent = {};
  }

  // What was typed and is not answered yet, for a page that is loaded again; answered it needs none.
  remember(id, text) {
    this.sheet.memory.unsent = { ...this.sheet.memory.unsent, [id]: text };
  }

  bringBack() {
    for (const [id, text] of Object.entries(this.sheet.memory.unsent)) {
      const box = this.byId.get(id);
      if (!box || text === box.value) continue;
      box.value = text;
      this.fill(id);
    }
  }

  sendAgain() {
    for (const id of [...this.unheard]) this.fill(id);
  }
}
