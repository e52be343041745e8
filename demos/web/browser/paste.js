// A backward pass in NumPy that the visitor has: pasted, run here, and its wrong line named.
import { h } from "./dom.js";
import { calm } from "./picture.js";
import { Editor } from "./editor.js";
import { verdict } from "./verdict.js";

const KEY = `handgrad pasted ${location.pathname}`;

const FIRST = `import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(8, 3)), np.arange(8) % 4
W1, W2 = rng.normal(size=(3, 5)), rng.normal(size=(5, 4))

h = np.tanh(x @ W1)
z = h @ W2
p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
loss = -np.log(p[np.arange(8), y]).mean()

dz = p.copy()
dz[np.arange(8), y] -= 1
dz /= 8
dW2 = h.T @ dz
dh = dz @ W2.T
dW1 = x.T @ (dh * (1 - h))
`;

const PYTHON = "Python is being loaded, to run your code here.";
const NUMPY = "NumPy is being loaded, about 3 MB, for your arrays.";
const RUNNING = "Your code runs, and small changes of it are tried.";
const SECONDS = 60; // that it may take: small changes of it are tried
const ENDED = {
  timeout: `Stopped after ${SECONDS} seconds. Take fewer steps or smaller arrays: one step is enough to check.`,
  crash: "Your code ended the Python that it ran in.",
  stop: "Called off.",
};
const ALONE = "This page is one file, in which NumPy could not go along. On your machine: handgrad debug FILE.";
const OFFLINE =
  "Your code needs NumPy, which could not be fetched. Try again with a network, or on your machine: handgrad debug FILE.";

// What was pasted outlives a reload, in this tab alone.
function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(text) {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // a browser that keeps nothing
  }
}

export const pastePage = ({ engine }) => new PastePage(engine);

class PastePage {
  title = "Your backward";
  purpose = " to run your code";

  constructor(engine) {
    this.engine = engine;
    this.said = h("div", { className: "said-line", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.bar = h("progress", { hidden: true, "aria-label": "Loading" });
    this.found = h("div", { className: "verdict" });
    this.editor = new Editor({ label: "Your backward pass", text: kept() ?? FIRST, onChange: keep, onRun: () => this.check() });
    this.checkButton = h("button", { className: "door", type: "button", onclick: () => this.check() }, "Find the wrong line");
    this.stopButton = h("button", { type: "button", hidden: true, onclick: () => this.stop?.abort() }, "Stop");
    this.element = h(
      "div",
      { className: "paste" },
      h("h1", {}, "Your backward"),
      h(
        "p",
        { className: "lead" },
        "Paste NumPy that runs: the data, the forward, the loss, and your gradients, such as ",
        h("code", {}, "dW1"),
        ". It runs in this page, and nothing of it leaves your browser.",
        kept() === null ? " An example stands here: one of its lines is wrong." : "",
      ),
      this.editor.element,
      h("div", { className: "bar" }, this.checkButton, this.stopButton, h("span", { className: "quiet keys" }, "Ctrl+Enter checks.")),
      h("div", { className: "outcome" }, this.said, this.bar, this.found),
    );
  }

  tell(words, kind = "") {
    this.said.className = `said-line ${kind}`;
    this.said.textContent = words;
  }

  async check() {
    if (this.stop) return;
    this.stop = new AbortController();
    this.checkButton.disabled = true;
    this.stopButton.hidden = this.bar.hidden = false;
    this.found.replaceChildren();
    this.tell(PYTHON);
    try {
      const engine = await this.engine;
      this.tell(NUMPY);
      const { text } = this.editor;
      const how = { needsNumpy: true, stop: this.stop.signal, seconds: SECONDS, tell: () => this.tell(RUNNING) };
      const { reply, how: end } = await engine.alone({ do: "check", text }, how);
      this.show(reply ?? { type: "error", message: ENDED[end] }, text);
    } catch (error) {
      this.tell(`Your code could not be checked: ${String(error.message).split("\n").at(-1)}`);
    } finally {
      this.stop = null;
      this.checkButton.disabled = false;
      this.stopButton.hidden = this.bar.hidden = true;
    }
  }

  show(found, text) {
    if (found.type !== "checked") {
      return this.tell(found.type === "unreachable" ? (IS_ALONE ? ALONE : OFFLINE) : found.message);
    }
    this.tell(found.headline, found.ok ? "passed" : "failed");
    if (found.line && this.editor.text === text) this.editor.accuse(found.line);
    if (this.said.getBoundingClientRect().top > innerHeight / 2) this.said.scrollIntoView({ behavior: calm() ? "auto" : "smooth" });
    const patch = found.patch.split("\n").filter((line) => /^[-+](?![-+]{2} )/.test(line)).join("\n");
    this.found.replaceChildren(
      ...verdict({ ...found, note: "", printed: [] }),
      ...(patch ? [h("details", {}, h("summary", {}, "What would fix it"), h("pre", { tabIndex: 0 }, patch))] : []),
    );
  }

  leave() {
    this.stop?.abort();
    this.editor.close();
  }
}
