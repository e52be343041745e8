// A verdict as the terminal tells it: the table, a sentence below the row that it is about, what was printed.
import { h } from "./dom.js";

const STATES = ["correct", "wrong", "carried", "missing", "skipped"];

function row([kind, text, word]) {
  const front = word && text.endsWith(word) ? text.slice(0, -word.length) : text;
  const end = front === text ? null : h("span", { className: "word" }, word);
  return h("div", { className: `row ${kind}` }, front, end);
}

function tableOf(lines) {
  const rows = lines.map((line) => (line[0] === "note" ? h("p", { className: "note" }, line[1]) : row(line)));
  return h("div", { className: "table", role: "group", "aria-label": "Your gradients", tabIndex: 0 }, rows);
}

function paragraph(lines) {
  const text = lines.map((line) => line[1]).join("\n").trim();
  const kind = lines[0][0];
  return text ? h("p", { className: ["summary", "advice"].includes(kind) ? kind : "said" }, text) : null;
}

// Lines that belong together: a table, a summary, or text.
function* groups(lines) {
  let group = [];
  let last = "";
  for (const line of lines) {
    const kind = ["title", "note", "folded", ...STATES].includes(line[0]) ? "table" : line[0];
    if (group.length && kind !== last) {
      yield [last, group];
      group = [];
    }
    group.push(line);
    last = kind;
  }
  if (group.length) yield [last, group];
}

export function verdict(found) {
  const parts = [];
  for (const [kind, lines] of groups(found.lines)) parts.push(kind === "table" ? tableOf(lines) : paragraph(lines));
  if (found.note) parts.push(h("p", { className: "said" }, found.note));
  if (found.printed.length && found.status !== "passed") {
    parts.push(h("p", { className: "quiet" }, "It printed:"), h("pre", { tabIndex: 0 }, found.printed.join("\n")));
  }
  return parts.filter(Boolean);
}
