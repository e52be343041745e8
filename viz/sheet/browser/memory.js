// What a browser keeps of a sheet, for a program that is started again: the state, as Python has said it, and what was
// typed and not yet answered.

export class Memory {
  constructor(sheet) {
    this.sheet = sheet;
    this.name = sheet.link.remembers ? `handgrad sheet ${sheet.sheet.key}` : null;
  }

  keep() {
    this.write("localStorage", this.sheet.state);
  }

  // The state to send: the one given, unless another tab has kept a later one. A link's has no run, and is what is meant.
  newest(given) {
    const kept = this.read("localStorage");
    if (!kept?.texts || (given && !given.run)) return given;
    if (!given) return kept;
    const isLater = kept.run === given.run ? kept.version >= given.version : this.sheet.link.polls; // one program for all tabs
    return isLater ? kept : given;
  }

  get unsent() {
    return this.read("sessionStorage") ?? {};
  }

  set unsent(texts) {
    this.write("sessionStorage", texts);
  }

  read(storage) {
    try {
      return this.name && JSON.parse(/** @type {any} */ (window)[storage].getItem(this.name));
    } catch {
      return null;
    }
  }

  write(storage, thing) {
    if (!this.name) return;
    try {
      /** @type {any} */ (window)[storage].setItem(this.name, JSON.stringify(thing));
    } catch {
      // A browser that keeps nothing: the program still has it.
    }
  }
}
