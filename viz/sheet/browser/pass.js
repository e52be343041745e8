// Two ways through the backward pass of a sheet: watched step by step, and said before it is shown.

const PLAY_MS = 2200;

class Pass {
  // `reply` has the steps, and what is said after the last.
  constructor(sheet, reply) {
    this.sheet = sheet;
    this.steps = reply.steps;
    this.end = reply.end;
    this.reply = reply;
    this.at = -1;
  }

  get picture() {
    return this.sheet.picture;
  }

  // Whether another mode was chosen, which shows nothing of this.
  get isLeft() {
    return this.sheet.way !== this;
  }

  get isLast() {
    return this.at >= this.steps.length - 1;
  }

  stop() {}

  clear() {
    this.picture.clear();
    this.sheet.under();
    this.sheet.find(".hg-step").hidden = true;
  }

  // The steps that were taken, the last of them in work.
  draw(done) {
    for (const [place, step] of done.entries()) this.picture.sum(step, place === done.length - 1);
    const step = done.at(-1);
    if (!step) return;
    this.sheet.find(".hg-step").hidden = false;
    this.row(".hg-rule", step.rule, step.rule_math);
    const isSame = step.plugged === step.rule;
    this.row(".hg-plugged", isSame ? "" : step.plugged, isSame ? "" : step.plugged_math);
    this.picture.light(step, step.shown.product);
    this.sheet.under(step.operand, step.say);
  }

  // A line of the list below the sentence, without what there is nothing to say of.
  row(selector, text, math) {
    const row = this.sheet.find(selector);
    row.textContent = text;
    if (math) row.innerHTML = `${math}<span class="hg-hidden"></span>`;
    if (math) row.lastChild.textContent = text; // how it is typed, for who reads by ear or copies it
    row.hidden = row.previousElementSibling.hidden = !text;
  }
}

export class Watch extends Pass {
  begin(at = -1) {
    const more = this.sheet.find(".hg-scale-more");
    if (more) more.textContent = this.reply.start.scale && `, ${this.reply.start.scale}`;
    this.goTo(at);
  }

  goTo(at) {
    this.clear();
    this.at = Math.max(-1, Math.min(this.steps.length - 1, at));
    this.picture.sum(this.reply.start, false);
    this.draw(this.steps.slice(0, this.at + 1));
    const step = this.steps[this.at];
    this.sheet.say(step ? `${step.heading}: ${step.say}${this.isLast ? ` ${this.end}` : ""}` : this.reply.start.say);
    this.sheet.dress();
  }

  goToNode(id) {
    this.stop();
    this.goTo(this.steps.findIndex((step) => step.operand === id));
  }

  dead() {
    return { back: this.at < 0, step: this.isLast };
  }

  act(what) {
    if (what === "play") return this.play();
    this.stop();
    this.goTo({ step: this.at + 1, back: this.at - 1, again: -1 }[what]);
  }

  play() {
    if (this.timer) return this.stop();
    if (this.isLast) this.goTo(-1);
    this.sheet.button("play").textContent = "Pause";
    const next = () => {
      this.goTo(this.at + 1);
      if (this.isLast) this.stop();
      else this.timer = setTimeout(next, PLAY_MS / Number(this.sheet.find(".hg-speed select").value));
    };
    this.timer = setTimeout(next, 300);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.sheet.button("play").textContent = "Play";
  }
}

export class Predict extends Pass {
  told = []; // the steps that were answered

  begin() {
    return this.askFor(0);
  }

  async askFor(at) {
    this.clear();
    this.at = Math.max(0, Math.min(this.steps.length - 1, at));
    if (!this.steps.length) return this.sheet.say(this.end);
    this.picture.sum({ operand: this.sheet.sheet.root, shown: { sum: "1" } }, false);
    this.draw(this.told.slice(0, this.at));
    this.sheet.find(".hg-step").hidden = true;
    this.picture.dim();
    const [step, told] = [this.steps[this.at], this.told[this.at]];
    this.box.value = told ? told.shown.contribution : "";
    this.box.setAttribute("aria-label", step.label);
    this.box.removeAttribute("aria-invalid");
    this.sheet.hints([]);
    const reply = await this.sheet.ask({ do: "ask", step: this.at });
    if (this.isLeft) return;
    this.sheet.find(".hg-question").textContent = reply.message ?? "";
    this.picture.light(step, "?");
    this.sheet.say(reply.heading ?? "", reply.message); // the question stands above its box
    if (told) this.tell(told, "");
    this.sheet.dress();
  }

  get box() {
    return this.sheet.find(".hg-guess");
  }

  async guess() {
    if (this.told[this.at]) return this.forward();
    const reply = await this.sheet.ask({ do: "predict", step: this.at, text: this.box.value });
    if (this.isLeft) return;
    this.box.setAttribute("aria-invalid", String(reply.type !== "predicted" || !reply.right));
    if (reply.told) this.tell(reply.told, reply.say);
    else this.sheet.say(reply.say ?? reply.message ?? "");
  }

  tell(step, say) {
    this.told[this.at] = step;
    this.box.removeAttribute("aria-invalid");
    this.picture.dim();
    this.draw(this.told.slice(0, this.at + 1));
    this.sheet.say(`${say || step.say}${this.isLast ? ` ${this.end}` : ""}`);
    this.sheet.dress();
  }

  async forward() {
    if (!this.isLast) await this.askFor(this.at + 1);
    this.box.focus();
  }

  dead() {
    return { back: this.at <= 0, step: !this.told[this.at] };
  }

  async act(what) {
    if (what === "step") await this.forward();
    else if (what === "back") await this.askFor(this.at - 1);
    else if (what === "again") await this.sheet.enter("predict");
    else if (what === "check") await this.guess();
    else if (what === "hint") await this.sheet.hint(this.steps[this.at].operand);
    else if (what === "reveal") {
      const reply = await this.sheet.ask({ do: "show", step: this.at });
      if (!reply.told || this.isLeft) return;
      this.tell(reply.told, "");
      this.box.value = reply.told.shown.contribution;
    }
  }
}
