// A derivation on paper: each line that is typed has to equal the one before it, on random numbers.
import { h } from "./dom.js";

const HOW =
  "Type the next line, a step on: it has to equal the one before. A name on the left (dvar = ...) is a line on that; " +
  "a new name is kept.";

export const paperPage = (given) => new PaperPage(given);

class PaperPage {
  constructor({ engine, course, rest }) {
    this.engine = engine;
    this.kata = course.katas.find(({ name, hasPaper }) => hasPaper && name === rest[0]);
    this.element = h("div", { className: "paper own" });
    if (!this.kata) {
      this.element.append("There is no derivation of that name. ", h("a", { href: "#/course" }, "All katas"));
      return;
    }
    this.title = `${this.kata.title}, on paper`;
    this.key = `handgrad paper ${location.pathname} ${this.kata.name}`;
    this.typed = this.kept();
    this.known = h("pre", { tabIndex: 0 });
    this.goal = h("p", {});
    this.lines = h("ol", { className: "derivation" });
    this.said = h("div", { className: "said-line", role: "status", "aria-live": "polite" }, "Python is being loaded, and NumPy for the arrays.");
    this.box = h("input", { "aria-label": "The next line", spellcheck: false, autocapitalize: "off", autocomplete: "off" });
    this.buttons = [
      h("button", { className: "door", type: "submit" }, "Check the line"),
      h("button", { type: "button", onclick: () => this.ask({ shows: true }) }, "Show a way on"),
      h("button", { type: "button", onclick: () => this.ask({}, []) }, "Start over"),
    ];
    const check = (event) => (event.preventDefault(), this.box.value.trim() && this.ask({ text: this.box.value }));
    this.form = h("form", { onsubmit: check, hidden: true }, this.box, this.buttons);
    this.element.append(
      h("p", { className: "where" }, h("a", { href: `#/kata/${this.kata.name}` }, this.kata.title), " / on paper"),
      h("h1", {}, this.title),
      h("p", { className: "lead" }, HOW),
      this.known,
      this.goal,
      this.lines,
      this.form,
      this.said,
    );
  }

  open() {
    if (this.kata) this.ask({}); // not waited for: the page is there before Python
  }

  // What was typed outlives a reload, in this tab alone.
  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? [];
    } catch {
      return [];
    }
  }

  keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.typed));
    } catch {
      // a browser that keeps nothing
    }
  }

  async ask(message, typed = this.typed) {
    for (const button of this.buttons) button.disabled = true;
    try {
      const engine = await this.engine;
      this.show(await engine.ask({ do: "paper", kata: this.kata.name, typed, ...message }, true), message);
    } catch (error) {
      this.tell(String(error.message).split("\n").at(-1), "failed");
    } finally {
      for (const button of this.buttons) button.disabled = false;
    }
  }

  show(found, { text }) {
    if (found.type === "unreachable") return this.tell("It needs NumPy, which could not be fetched: try again with a network.");
    if (found.type !== "paper") return this.tell(found.message, "failed");
    this.typed = found.typed;
    this.keep();
    this.known.textContent = found.known.join("\n");
    this.goal.textContent = `Wanted: ${found.goal}.`;
    this.lines.replaceChildren(...found.lines.map((line) => h("li", {}, `${found.target} = ${line}`)));
    this.form.hidden = false;
    if (text === undefined || found.ok) this.box.value = "";
    const end = ` That is the line for ${this.kata.fileName}.`;
    this.tell(`${found.said}${found.done ? end : ""}`.trim(), found.ok ? (found.said ? "passed" : "") : "failed");
    if (text !== undefined) this.box.focus();
  }

  tell(words, kind = "") {
    this.said.className = `said-line ${kind}`;
    this.said.textContent = words;
  }
}
