// A kata: its text, the editor, the verdict, hints, the solution once it has passed, and the sheet of its graph.
import { h, html } from "./dom.js";
import { site } from "./assets.js";
import { Editor, shown } from "./editor.js";
import { calm } from "./picture.js";
import { verdict } from "./verdict.js";

const IMPORTS_NUMPY = /^\s*(import|from)\s+numpy\b/m;

const FETCHED =
  "This kata needs NumPy. Run fetches it, about 3 MB, from cdn.jsdelivr.net: the one thing that this page asks of " +
  "another place.";
const OFFLINE =
  "This kata needs NumPy, which could not be fetched. Try again with a network, or work on it on your machine: " +
  "pip install git+https://github.com/handgrad/handgrad, handgrad start, and handgrad check ";

export function kataPage(/** @type {any} */ { course, rest, ...given }) {
  const kata = course.katas.find(({ name }) => name === rest[0]);
  if (!kata) return { element: h("p", {}, "There is no such kata. ", h("a", { href: "#/course" }, "All katas")) };
  given.record.goTo(kata.name);
  return new KataPage(course, kata, given);
}

class KataPage {
  constructor(course, kata, { engine, address, record, Place }) {
    this.engine = engine;
    this.address = address;
    this.course = course;
    this.kata = kata;
    this.record = record;
    this.Place = Place;
    this.title = kata.title;
    this.said = h("div", { className: "said-line", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.found = h("div", { className: "verdict" });
    this.more = h("div", { className: "more" });
    this.editor = new Editor({
      label: `Your program, ${kata.fileName}`,
      text: this.record.answerOf(kata.name) ?? kata.stub,
      onChange: (text) => this.record.answer(kata.name, text, kata.stub),
      onRun: () => this.run(),
    });
    this.runButton = h("button", { className: "door", type: "button", onclick: () => this.run() }, "Run");
    const steps = kata.steps.map((name) => h("option", { value: name }, `up to ${name}`));
    this.upto = h("select", { "aria-label": "Which gradients to check", hidden: !steps.length }, h("option", { value: "" }, "all"), steps);
    this.stopButton = h("button", { type: "button", hidden: true, onclick: () => this.stop?.abort() }, "Stop");
    this.element = h(
      "article",
      { className: "kata" },
      this.heading(),
      h(
        "div",
        { className: kata.hasGraph ? "columns with-graph" : "columns" },
        h("div", { className: "statement" }, kata.picture ? html(kata.picture, { className: "figure" }) : null, html(kata.statement)),
        this.work(),
        h("div", { className: "outcome" }, this.said, this.graph(), this.found),
        this.more,
      ),
    );
    this.showMore();
    this.engine.then((ready) => ready.prepare()).catch(() => {}); // a Python for the first run, beside the sheet's
  }

  heading() {
    const { kata, course } = this;
    return h(
      "header",
      {},
      h("p", { className: "where" }, h("a", { href: "#/course" }, "All katas"), ` / ${kata.belt} belt, ${kata.number} of ${course.katas.length}`),
      h("h1", {}, kata.title),
    );
  }

  work() {
    const { kata } = this;
    return h(
      "section",
      { className: "work", "aria-label": "Your program" },
      h("div", { className: "file" }, h("span", {}, kata.fileName), h("button", { type: "button", className: "small", onclick: () => this.reset() }, "Start over")),
      this.editor.element,
      h(
        "div",
        { className: "bar" },
        this.runButton,
        this.upto,
        this.stopButton,
        h("span", { className: "quiet keys" }, "Ctrl+Enter runs. Tab indents; Esc, then Tab, goes on."),
      ),
      kata.needsNumpy
        ? h("p", { className: "quiet" }, site.packages ? FETCHED : "This kata needs NumPy, about 3 MB, which Run loads first.")
        : null,
    );
  }

  graph() {
    if (!this.kata.hasGraph) return null;
    this.place = new this.Place(this.engine, this.address);
    if (!this.kata.needsNumpy) this.draw();
    else this.place.offer("Its graph needs NumPy, too.", "Fetch it, and open the graph", () => this.draw());
    return h("section", { className: "graph", "aria-label": "Its graph" }, this.place.element);
  }

  draw(more = {}) {
    this.place?.open(`kata/${this.kata.name}`, { needsNumpy: this.kata.needsNumpy, ...more });
  }

  async run() {
    if (this.stop) return;
    const { kata } = this;
    const text = this.editor.text;
    this.stop = new AbortController();
    this.runButton.disabled = true;
    this.stopButton.hidden = false;
    this.found.replaceChildren();
    this.said.className = "said-line";
    this.said.textContent = "Running the tests ...";
    try {
      const engine = await this.engine;
      const needsNumpy = kata.needsNumpy || IMPORTS_NUMPY.test(text);
      const message = { kata: kata.name, text, passed: this.record.record().passed, upto: this.upto.value };
      this.show(await engine.judge(message, { needsNumpy, stop: this.stop.signal }));
    } catch (error) {
      this.said.textContent = `The tests could not be run: ${String(error.message).split("\n").at(-1)}`;
    } finally {
      this.stop = null;
      this.runButton.disabled = false;
      this.stopButton.hidden = true;
    }
  }

  show(found) {
    const { kata } = this;
    if (found.type !== "judged") {
      this.said.textContent = this.unjudged(found);
      return;
    }
    const isOver = found.status === "timeout" || found.status === "error" || found.status === "cancelled";
    this.said.className = `said-line ${found.status}`;
    this.said.replaceChildren(
      h("strong", {}, found.headline),
      isOver && found.status !== "error" ? ` ${found.message}` : "",
      found.milestone ? ` ${found.milestone}` : "",
    );
    if (found.status === "upto") this.upto.value = found.next;
    const parts = found.status === "timeout" || found.status === "cancelled" ? [] : verdict(found);
    this.found.replaceChildren(...parts);
    if (this.said.getBoundingClientRect().top > innerHeight / 2) this.said.scrollIntoView({ behavior: calm() ? "auto" : "smooth" });
    if (found.status === "passed") this.record.pass(kata.name);
    this.showMore();
    if (found.filled.length) this.draw({ filled: found.filled });
  }

  // Why there is no verdict: no NumPy, or a fault of handgrad's own, which says so.
  unjudged(found) {
    return found.type === "unreachable" ? `${OFFLINE}${this.kata.name}.` : found.message;
  }

  // Hints one at a time; once it has passed, the solution and the way on.
  showMore() {
    const { kata } = this;
    const open = Math.min(this.record.hintsOpen(kata.name), kata.hints.length);
    const parts = [];
    for (const [place, hint] of kata.hints.slice(0, open).entries()) {
      parts.push(h("h2", {}, `Hint ${place + 1} of ${kata.hints.length}`), html(hint, { className: "hint" }));
    }
    const buttons = [];
    if (open < kata.hints.length) buttons.push(h("button", { type: "button", onclick: () => this.hint(open + 1) }, open ? "One more hint" : "Hint"));
    if (this.record.hasPassed(kata.name)) {
      if (kata.hasSolution) {
        buttons.push(h("button", { type: "button", onclick: () => this.solution() }, "Solution"));
        buttons.push(h("button", { type: "button", onclick: () => this.slips() }, "More slips"));
      }
      const next = this.following();
      if (next) buttons.push(h("a", { className: "door", href: `#/kata/${next.name}` }, `Next: ${next.title}`));
    }
    if (kata.hasPaper) buttons.push(h("a", { className: "door", href: `#/paper/${kata.name}` }, "Derive it on paper"));
    this.more.replaceChildren(h("div", { className: "bar" }, buttons), ...parts);
  }

  hint(count) {
    this.record.openHint(this.kata.name, count);
    this.showMore();
  }

  following() {
    const { katas } = this.course;
    const place = katas.indexOf(this.kata);
    return [...katas.slice(place + 1), ...katas.slice(0, place)].find(({ name }) => !this.record.hasPassed(name));
  }

  async solution() {
    const reply = await (await this.engine).ask({ do: "solution", kata: this.kata.name, passed: this.record.record().passed });
    const words = reply.type === "solution" ? shown(reply.text, "One possible way") : reply.message;
    this.put("solution", h("h2", {}, "One possible way, for comparison"), words);
  }

  // What others trip over: find the mistake, then see what the tests say.
  async slips() {
    const reply = await (await this.engine).ask({ do: "slips", kata: this.kata.name });
    if (reply.type !== "slips") return;
    const one = (program, place) => {
      const words = `Slip ${place + 1} of ${reply.programs.length}`;
      const found = h("div", { className: "verdict" });
      const judge = h("button", { type: "button", className: "small", onclick: () => this.judgeSlip(program, judge, found) }, "What do the tests say?");
      return h("details", {}, h("summary", {}, words), shown(program, words), h("div", { className: "bar" }, judge), found);
    };
    const intro = "Programs that do not pass, each with one typical mistake. Find it, then see what the tests say.";
    this.put("slips", h("h2", {}, "More slips"), h("p", { className: "quiet" }, intro), ...reply.programs.map(one));
  }

  async judgeSlip(program, button, place) {
    button.disabled = true;
    const message = { kata: this.kata.name, text: program, passed: [] };
    const engine = await this.engine;
    const found = await engine.judge(message, { needsNumpy: this.kata.needsNumpy, stop: new AbortController().signal });
    place.replaceChildren(...(found.type === "judged" ? verdict(found) : [h("p", {}, this.unjudged(found))]));
    if (found.filled?.length) this.draw({ filled: found.filled });
  }

  put(name, ...parts) {
    this.more.querySelector(`.${name}`)?.remove();
    this.more.append(h("section", { className: name }, parts));
  }

  // By the editor's history it can be taken back.
  reset() {
    this.editor.text = this.kata.stub;
    this.said.className = "said-line";
    this.said.textContent = "As it was handed out. Ctrl+Z in the editor brings yours back.";
    this.found.replaceChildren();
  }

  leave() {
    this.stop?.abort();
    this.editor.close();
  }
}
