// The editor: Python with its colours, and indentation that one can also type.
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const UNIT = 4;

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword, tags.definitionKeyword], color: "var(--code-word)" },
  { tag: [tags.string, tags.docString], color: "var(--code-text)" },
  { tag: tags.comment, color: "var(--code-quiet)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.className], color: "var(--code-name)", fontWeight: "600" },
]);

const looks = EditorView.theme({
  "&": { backgroundColor: "var(--card)", color: "var(--ink)", fontSize: "14px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--quiet)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--active)" },
  ".cm-wrong": { backgroundColor: "var(--red-paper)", boxShadow: "inset 5px 0 var(--red)", fontWeight: "600" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "& .cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "var(--selected)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--selected)", outline: "none" },
});

// The line that is wrong, as long as nothing is changed.
/** @type {import("@codemirror/state").StateEffectType<import("@codemirror/view").DecorationSet>} */
const setWrong = StateEffect.define();
const wrong = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setWrong)) return effect.value;
    return transaction.docChanged ? Decoration.none : value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Where Enter has put indentation: { from, to, typed }. Spaces that are typed there count from the margin, so that a
// program can also be typed, or played back, letter by letter.
/** @type {import("@codemirror/state").StateEffectType<{from: number, to: number, typed: number} | null>} */
const setIndented = StateEffect.define();
const indented = StateField.define({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setIndented)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : value;
  },
});

// As much as the line before, one unit more after a colon; nothing after a line that was left empty.
function newLine(view) {
  const { state } = view;
  const { from, to } = state.selection.main;
  const line = state.doc.lineAt(from);
  const before = state.doc.sliceString(line.from, from);
  const isEmpty = before.trim() === "" && line.text.trim() === "";
  const depth = isEmpty ? 0 : /^ */.exec(before)[0].length + (/:\s*(#.*)?$/.test(before) ? UNIT : 0);
  const start = isEmpty ? line.from : from;
  const at = start + 1 + depth;
  view.dispatch({
    changes: { from: start, to, insert: `\n${" ".repeat(depth)}` },
    selection: { anchor: at },
    effects: setIndented.of(depth ? { from: start + 1, to: at, typed: 0 } : null),
    scrollIntoView: true,
    userEvent: "input",
  });
  return true;
}

const typing = EditorView.inputHandler.of((view, from, to, text) => {
  const put = view.state.field(indented);
  if (!put || from !== put.to || to !== put.to) return false;
  if (text === " " && put.typed < put.to - put.from) {
    view.dispatch({ effects: setIndented.of({ ...put, typed: put.typed + 1 }) });
    return true;
  }
  if (!put.typed || text === " ") return false;
  const start = put.from + put.typed;
  view.dispatch({
    changes: { from: start, to, insert: text },
    selection: { anchor: start + text.length },
    userEvent: "input.type",
  });
  return true;
});

function backspace(view) {
  const { state } = view;
  const { head, empty } = state.selection.main;
  const line = state.doc.lineAt(head);
  const before = state.doc.sliceString(line.from, head);
  if (!empty || !before || before.trim()) return false;
  const by = before.length % UNIT || UNIT;
  view.dispatch({ changes: { from: head - by, to: head }, userEvent: "delete.backward" });
  return true;
}

export class Editor {
  // In a shadow root, where its styles are sheets and no elements, as a strict content policy wants them.
  constructor({ label, text, onChange, onRun }) {
    this.element = document.createElement("div");
    this.element.className = "editor";
    const root = this.element.attachShadow({ mode: "open" });
    const parts = [
      lineNumbers(),
      history(),
      drawSelection(),
      bracketMatching(),
      indentOnInput(),
      highlightActiveLine(),
      indentUnit.of(" ".repeat(UNIT)),
      python(),
      syntaxHighlighting(colours),
      looks,
      indented,
      wrong,
      typing,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": label,
        spellcheck: "false",
        autocapitalize: "off",
      }),
      EditorView.updateListener.of((update) => update.docChanged && onChange(this.text)),
      keymap.of([
        { key: "Mod-Enter", run: () => (onRun(), true) },
        { key: "Enter", run: newLine },
        { key: "Backspace", run: backspace },
        { key: "Tab", run: indentMore, shift: indentLess },
        ...historyKeymap,
        ...defaultKeymap,
      ]),
    ];
    this.view = new EditorView({ state: EditorState.create({ doc: text, extensions: parts }), parent: root, root });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  // Show a line as the wrong one, by its number.
  accuse(number) {
    const { from } = this.view.state.doc.line(number);
    const line = Decoration.line({ class: "cm-wrong" }).range(from);
    this.view.dispatch({ effects: [setWrong.of(Decoration.set([line])), EditorView.scrollIntoView(from, { y: "nearest" })] });
  }

  close() {
    this.view.destroy();
  }
}

// A program to read, in the same colours.
export function shown(text, label) {
  const element = document.createElement("div");
  element.className = "editor";
  const root = element.attachShadow({ mode: "open" });
  const attributes = { role: "group", "aria-label": label };
  new EditorView({
    state: EditorState.create({
      doc: text,
      extensions: [
        python(),
        syntaxHighlighting(colours),
        looks,
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of(attributes),
      ],
    }),
    parent: root,
    root,
  });
  return element;
}

// The pages that are nothing without an editor come along, and what these lead to.
export { kataPage } from "./kata.js";
export { paperPage } from "./paper.js";
export { pastePage } from "./paste.js";
