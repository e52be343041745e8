// Run by node, in a folder beside node_modules: what the page's Python answers.
//
//     node asked.mjs IN.json OUT.json
//
// IN has { parts, layouts, messages, each }: the folder of the built parts, Graphviz's answers by the question, messages
// to one interpreter, and messages that each get a fresh one. OUT has { replies, each, drawn }. As in the page, Python
// starts from the memory that was kept of one that has everything imported.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { instance } from "@viz-js/viz";
import { loadPyodide } from "pyodide";

const [from, to] = process.argv.slice(2);
const { parts, layouts, messages, each } = JSON.parse(await readFile(from, "utf8"));
const LIBRARY = "/lib/handgrad";
const PAGE = 65536; // bytes of a page of WebAssembly's memory

async function part(name) {
  return new Uint8Array(await readFile(path.join(parts, name)));
}

// The memory that was kept is larger than the one that Python begins with.
async function withRoom(bytes, work) {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (binary, imports) => {
    const made = await instantiate(binary, imports);
    const { memory } = made.instance.exports;
    memory.grow(Math.max(0, Math.ceil((bytes - memory.buffer.byteLength) / PAGE)));
    return made;
  };
  try {
    return await work();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

async function interpreter(options) {
  const py = await loadPyodide({ stdLibURL: path.join(parts, "standard.zip"), ...options });
  py.unpackArchive(await part("library.zip"), "zip", { extractDir: LIBRARY });
  py.runPython(`import importlib, sys
sys.path.insert(0, "${LIBRARY}") if "${LIBRARY}" not in sys.path else importlib.invalidate_caches()`);
  return py;
}

async function begun() {
  const first = await interpreter({ _makeSnapshot: true });
  first.runPython("from handgrad.demos.web.inside.start import warm_up; warm_up()");
  const kept = first.makeMemorySnapshot();
  const py = await withRoom(kept.length, () => interpreter({ _loadSnapshot: kept }));
  const start = py.pyimport("handgrad.demos.web.inside.start");
  return { module: py._module, answer: start.start((dot) => layouts[dot] ?? "") };
}

// A fresh interpreter for each would take a second each: this one's memory is put back instead.
function answered({ module, answer }, all) {
  const kept = module.HEAPU8.slice();
  return all.map((message) => {
    const reply = answer(JSON.stringify(message));
    module.HEAPU8.fill(0, kept.length);
    module.HEAPU8.set(kept);
    return JSON.parse(reply);
  });
}

const python = await begun();
const viz = await instance();
const drawn = Object.keys(layouts).map((dot) => viz.renderString(dot, { format: "plain" }));
const apart = answered(python, each);
const replies = messages.map((message) => JSON.parse(python.answer(JSON.stringify(message))));
await writeFile(to, JSON.stringify({ replies, each: apart, drawn }));
process.exit(0);
