// Run by node, in a folder beside node_modules: what the page's Python answers.
//
//     node asked.mjs IN.json OUT.json
//
// IN has { parts, layouts, messages, each }: the folder of the built parts, Graphviz's answers by the question, messages
// to one interpreter, and messages that each get a fresh one. OUT has { replies, each, drawn }.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { instance } from "@viz-js/viz";
import { loadPyodide } from "pyodide";

const [from, to] = process.argv.slice(2);
const { parts, layouts, messages, each } = JSON.parse(await readFile(from, "utf8"));
const LIBRARY = "/lib/handgrad";

async function begun() {
  const py = await loadPyodide();
  py.unpackArchive(new Uint8Array(await readFile(path.join(parts, "library.zip"))), "zip", { extractDir: LIBRARY });
  py.runPython(`import sys; sys.path.insert(0, "${LIBRARY}")`);
  const start = py.pyimport("handgrad.demos.web.inside.start");
  start.warm_up();
  return { py, answer: start.start((dot) => layouts[dot] ?? "") };
}

// A fresh interpreter for each would take a second each: this one's memory is put back instead.
async function answered(all) {
  const { py, answer } = await begun();
  const module = py._module;
  let kept = module.HEAPU8.slice();
  const replies = [];
  for (const message of all) {
    const reply = answer(JSON.stringify(message));
    module.HEAPU8.fill(0, kept.length);
    module.HEAPU8.set(kept);
    replies.push(JSON.parse(reply));
  }
  return replies;
}

const { answer } = await begun();
const viz = await instance();
const drawn = Object.keys(layouts).map((dot) => viz.renderString(dot, { format: "plain" }));
const replies = messages.map((message) => JSON.parse(answer(JSON.stringify(message))));
await writeFile(to, JSON.stringify({ replies, each: await answered(each), drawn }));
process.exit(0);
