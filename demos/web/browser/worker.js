// Python in a worker. It is sent its parts as bytes, and then messages, which it answers one after the other.
import { instance } from "@viz-js/viz";
import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";

const LIBRARY = "/lib/handgrad";
const PAGE = 65536; // bytes of a page of WebAssembly's memory

// Pyodide fetches nothing of its own; both functions are the worker's own again once Python is there.
async function withParts(parts, work) {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  const own = { "pyodide.asm.wasm": null, "python_stdlib.zip": parts.standard, "pyodide-lock.json": parts.lock };
  globalThis.fetch = async (url, options) => {
    const name = String(url).replace(parts.packages, "");
    return name in own ? new Response(own[name]) : fetch(url, options);
  };
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const made = await WebAssembly.instantiate(/** @type {WebAssembly.Module} */ (parts.python), imports);
    // The memory that was kept may be larger than the one that Python begins with, where Python brings that itself.
    const memory = /** @type {WebAssembly.Memory | undefined} */ (made.exports.memory);
    const missing = (parts.memory?.length ?? 0) - (memory?.buffer.byteLength ?? Infinity);
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return { instance: made, module: parts.python };
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

async function python(parts) {
  const py = await withParts(parts, () =>
    loadPyodide({
      createPyodideModule,
      indexURL: parts.packages, // where it believes its own parts to be, too
      ...(parts.memory ? { _loadSnapshot: parts.memory } : { _makeSnapshot: parts.keeps }),
    }),
  );
  // What goes past Python's own streams is for nobody.
  for (const stream of ["setStdout", "setStderr"]) py[stream]({ write: (bytes) => bytes.length });
  py.unpackArchive(parts.library, "zip", { extractDir: LIBRARY });
  py.runPython(`import importlib, sys
sys.path.insert(0, "${LIBRARY}") if "${LIBRARY}" not in sys.path else importlib.invalidate_caches()`);
  return py;
}

// Have all imported that is needed first, and send the memory that has it, for every later start.
function keepMemory(py) {
  py.runPython("from handgrad.demos.web.inside.start import warm_up; warm_up()");
  const memory = py.makeMemorySnapshot();
  postMessage({ memory }, [memory.buffer]);
}

async function start(parts) {
  const [py, graphviz] = await Promise.all([python(parts), parts.draws ? instance() : null]);
  if (parts.keeps) keepMemory(py);
  const layout = graphviz ? (dot, format) => graphviz.renderString(dot, { format }) : undefined; // null would be no None
  const answer = py.pyimport("handgrad.demos.web.inside.start").start(layout, parts.given);
  return { py, answer };
}

let started;

async function answer({ message, packages }) {
  const { py, answer } = await started;
  if (packages?.length) {
    await py.loadPackage(packages, { messageCallback() {}, errorCallback() {} }).catch(() => {});
    if (!packages.every((name) => name in py.loadedPackages)) return { type: "unreachable" };
  }
  return JSON.parse(answer(JSON.stringify(message)));
}

addEventListener("message", async ({ data }) => {
  if (data.parts) {
    const begin = performance.now();
    started = start(data.parts);
    started.then(
      () => postMessage({ ready: performance.now() - begin }),
      (error) => postMessage({ failed: String(error?.stack ?? error).slice(-2000) }),
    );
    return;
  }
  try {
    postMessage({ to: data.to, reply: await answer(data) });
  } catch (error) {
    postMessage({ to: data.to, broken: String(error?.stack ?? error).slice(-2000) });
  }
});
