// The front page's judge until Python is there. It multiplies, adds and compares; what it says of a wrong number is the
// comparator's sentence, looked up by the number. What it is not sure of it leaves to Python: null.

const RTOL = 1e-6;
const DOUBTFUL = 0.12; // as a share: a number so near to what it should be may be a rounding of a rounding
const SPACE = /\s+/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y;
const NAME = /[A-Za-z_]\w*(?:\s*\.\s*(?:grad|data))?/y;
const LONGEST = 100;
const LATER = "Why, Python will tell: it is being loaded.";

class UnknownError extends Error {}
class BlankError extends Error {}
class WaitingError extends Error {}

// The value of an expression; `look(name)` is that of a name.
function evaluate(text, look) {
  const source = text.trim().replaceAll("\u2212", "-").replaceAll("\u00d7", "*").replaceAll("^", "**");
  let at = 0;
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const next = (sign) => {
    take(SPACE);
    if (!source.startsWith(sign, at) || (sign === "*" && source[at + 1] === "*")) return false;
    at += sign.length;
    return true;
  };
  const atom = () => {
    if (next("(")) {
      const value = sum();
      if (!next(")")) throw new UnknownError();
      return value;
    }
    const number = take(NUMBER);
    if (number !== undefined) {
      if (/^0\d/.test(number)) throw new UnknownError();
      return Number(number);
    }
    const name = take(NAME);
    if (name === undefined) throw new UnknownError();
    return look(name.replace(/\s/g, ""));
  };
  const power = () => {
    const base = atom();
    if (!next("**")) return base;
    const exponent = sign();
    if (Math.abs(exponent) > 100) throw new UnknownError();
    return base ** exponent;
  };
  const sign = () => (next("-") ? -sign() : next("+") ? sign() : power());
  const term = () => {
    let value = sign();
    for (;;) {
      if (next("*")) value *= sign();
      else if (next("/")) value /= sign();
      else return value;
    }
  };
  const sum = () => {
    let value = term();
    for (;;) {
      if (next("+")) value += term();
      else if (next("-")) value -= term();
      else return value;
    }
  };
  if (source.length > LONGEST) throw new UnknownError();
  const value = sum();
  take(SPACE);
  if (at < source.length || !Number.isFinite(value)) throw new UnknownError();
  return value;
}

// As `rounding.is_rounding` has it.
function isRounding(written, exact) {
  if (written === 0 || exact === 0) return written === exact;
  const size = Math.abs(exact);
  const off = Math.abs(written - exact);
  const first = Math.floor(Math.log10(size));
  const fewest = size >= 0.01 ? Math.min(2 - first, 3) : 2 - first;
  return off <= 0.06 * size && off <= 0.5 * 10 ** -Math.max(decimals(written), fewest) * (1 + 1e-9);
}

function decimals(number) {
  const [digits, exponent] = String(Math.abs(number)).split("e");
  const [whole, fraction = ""] = digits.split(".");
  const shown = fraction ? fraction.length : whole.replace(/0+$/, "").length - whole.length;
  return shown - Number(exponent ?? 0);
}

const isNear = (number, reference) => Math.abs(number - reference) <= RTOL * Math.abs(reference) || isRounding(number, reference);
const isFar = (number, reference) => Math.abs(number - reference) > DOUBTFUL * Math.max(Math.abs(reference), Math.abs(number), 0.1);

export class Early {
  // `facts` are what `front.py` has found.
  constructor(facts) {
    this.facts = facts;
    this.order = Object.keys(facts.uses); // in backward order
    this.data = Object.fromEntries(facts.wide.nodes.map(({ id, data }) => [id, data]));
    this.right = this.passed((_, arrived) => arrived);
    this.run = `early-${Math.random().toString(36).slice(2)}`;
    this.version = 1;
    this.take(facts.begun);
    this.first = this.grads;
  }

  // Each node's gradient by what arrives there; `own` says which one it passes on.
  passed(own) {
    const grads = {};
    for (const id of this.order) {
      const uses = this.facts.uses[id];
      const arrived = uses.length ? uses.reduce((sum, [user, local]) => sum + grads[user] * local, 0) : 1;
      grads[id] = own(id, arrived);
    }
    return grads;
  }

  answer(message) {
    const found = this[{ open: "open", fill: "fill", restore: "restore", state: "state", reset: "reset" }[message.do]]?.(message);
    return found ? { run: this.run, version: this.version, key: this.facts.opened.key, ...found } : null;
  }

  open({ narrow }) {
    return { type: "sheet", ...this.facts.opened, ...(narrow ? this.facts.narrow : this.facts.wide), ...this.present() };
  }

  state() {
    return { type: "verdict", ...this.present() };
  }

  fill({ node, text }) {
    const before = [this.texts, this.grads];
    const found = this.take({ ...this.texts, [node]: text }, { ...this.grads, [node]: undefined }) && this.present(node);
    if (!found) [this.texts, this.grads] = before;
    return found && { type: "verdict", node, ...found };
  }

  restore({ texts, grads }) {
    const before = [this.texts, this.grads];
    const kept = Object.keys(texts).map((id) => [id, texts[id] === this.facts.begun[id] ? this.first[id] : grads?.[id]]);
    const isKnown = Object.entries(texts).every(([id, text]) => id in this.facts.uses && typeof text === "string");
    const found = isKnown && this.take(texts, Object.fromEntries(kept), true) && this.present();
    if (!found) [this.texts, this.grads] = before;
    return found && { type: "verdict", ...found };
  }

  reset() {
    this.take({});
    return { type: "verdict", node: null, ...this.present(), say: "Everything is empty again." };
  }

  // Take texts over, and compute what they stand for: whether all of them are understood. A formula whose names are blank
  // keeps its number of `kept`; one without a number goes where `drops`.
  take(texts, kept = {}, drops = false) {
    const given = this.order.map((id) => [id, (texts[id] ?? "").trim()]).filter(([, text]) => text);
    this.texts = Object.fromEntries(given);
    this.grads = {};
    this.version += 1;
    const waiting = new Map(Object.entries(this.texts));
    const look = (name) => {
      const [id, part] = name.split(".");
      if (id in this.facts.uses && part !== "grad") return this.data[id];
      const of = part ? id : name.replace(/^d/, "");
      if (!(of in this.facts.uses) || of === name || part === "data") throw new UnknownError();
      if (waiting.has(of)) throw new WaitingError();
      if (!(of in this.grads)) throw new BlankError();
      return this.grads[of];
    };
    const pass = (id, text) => {
      try {
        this.grads[id] = evaluate(text, look);
      } catch (error) {
        if (error instanceof WaitingError) return;
        if (!(error instanceof BlankError)) throw error;
        if (kept[id] !== undefined && kept[id] !== null) this.grads[id] = kept[id];
        else if (drops) delete this.texts[id];
        else throw new UnknownError();
      }
      waiting.delete(id);
    };
    try {
      for (let count = -1; waiting.size !== count; ) {
        count = waiting.size;
        for (const [id, text] of waiting) pass(id, text);
      }
    } catch (error) {
      if (!(error instanceof UnknownError)) throw error;
      return false;
    }
    return !waiting.size;
  }

  // Each node's status; null where one is in doubt.
  statuses() {
    const found = {};
    let isSure = true;
    this.passed((id, arrived) => {
      const number = this.grads[id];
      if (number === undefined) found[id] = "missing";
      else if (isNear(number, this.right[id])) found[id] = "correct";
      else if (isNear(number, arrived)) found[id] = "carried";
      else if (isFar(number, this.right[id]) && isFar(number, arrived)) found[id] = "wrong";
      else isSure = false;
      return number ?? arrived;
    });
    return isSure ? found : null;
  }

  present(typed) {
    const statuses = this.statuses();
    if (!statuses) return null;
    const wrong = this.order.filter((id) => statuses[id] === "wrong");
    const said = this.sentencesOn(wrong);
    const verdict = Object.fromEntries(this.order.map((id) => {
      const [status, text] = [statuses[id], this.texts[id] ?? ""];
      const slip = status === "wrong" ? (said?.[id] ?? `${id}: ${LATER}`) : null;
      return [id, { status, text, state: text ? `${text}, ${status}` : status, slip, grad: this.grads[id] ?? null }];
    }));
    const ok = this.order.every((id) => statuses[id] === "correct");
    const summary = this.summary(Object.values(statuses), ok);
    const shown = { judged: "at once", verdict, causes: wrong, summary, ok, can: { undo: false, redo: false }, data: this.data };
    const own = { run: this.run, version: this.version, judged: "at once", data: {} };
    const state = { ...own, texts: this.texts, grads: this.grads, begun: this.facts.begun };
    if (!typed) return { ...shown, state };
    const more = ok ? ` ${summary}` : statuses[typed] === "carried" ? this.facts.carried : "";
    return { ...shown, state, say: `${typed}: ${statuses[typed]}.${more}`, why: verdict[typed].slip };
  }

  // What the comparator says where one text differs from those of a base; null for a number that it was not asked of.
  sentencesOn(wrong) {
    for (const [place, base] of this.facts.bases.entries()) {
      const others = this.order.filter((id) => this.texts[id] !== base[id]);
      const changed = others[0] ?? wrong[0];
      if (others.length > 1 || !changed || Object.values(this.texts).length < this.order.length) continue;
      const group = this.facts.said[place][changed].find(([numbers]) => numbers.includes(this.grads[changed]));
      if (group && wrong.every((id) => id in group[1])) {
        return Object.fromEntries(wrong.map((id) => [id, this.facts.sentences[group[1][id]]]));
      }
    }
    return null;
  }

  summary(statuses, isRight) {
    const count = (status) => statuses.filter((one) => one === status).length;
    if (isRight) return `All ${statuses.length} gradients are right. Now watch the whole pass again.`;
    const [wrong, carried, missing] = ["wrong", "carried", "missing"].map(count);
    const parts = [`${count("correct")} of ${statuses.length} right`];
    if (wrong) parts.push(`${wrong} wrong`);
    if (carried) parts.push(`${carried} only ${carried === 1 ? "follows" : "follow"} from ${wrong === 1 ? "that" : "those"}`);
    if (missing) parts.push(`${missing} to go`);
    return `${parts.join(", ")}.`;
  }
}
