// Run by node, in a folder beside node_modules: bundles the scripts and the styles, takes Python's parts from their
// package, and keeps the memory of a Python that has everything imported, to start from.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import { loadPyodide } from "pyodide";

const [target] = process.argv.slice(2);
const LIBRARY = "/lib/handgrad";
const pyodide = path.dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));

async function bundle() {
  const options = { outdir: target, bundle: true, minify: true, target: "es2022", legalComments: "eof", logLevel: "error" };
  const pages = (isAlone, entryPoints) => ({ ...options, entryPoints, format: "esm", define: { IS_ALONE: String(isAlone) } });
  await build(pages(false, ["app.js", "editor.js", "app.css"]));
  await build(pages(true, [{ in: "app.js", out: "alone" }])); // in which the editor is, for a page that is one file
  await build({
    ...options,
    entryPoints: ["worker.js"],
    format: "iife", // a page that was opened from a disk can make no worker of a module
    banner: { js: "self.importScripts = undefined;" }, // by which Pyodide finds that out, and would not start
    external: ["node:*", "ws"], // what Pyodide imports in node alone
    logOverride: { "empty-import-meta": "silent" },
  });
}

async function parts() {
  await copyFile(path.join(pyodide, "pyodide.asm.wasm"), path.join(target, "python.wasm"));
  await copyFile(path.join(pyodide, "python_stdlib.zip"), path.join(target, "standard.zip"));
  const { info, packages } = JSON.parse(await readFile(path.join(pyodide, "pyodide-lock.json"), "utf8"));
  await writeFile(path.join(target, "lock.json"), JSON.stringify({ info, packages: { numpy: packages.numpy } }));
}

// Compiled first, in a Python of its own, so that the memory that is kept holds no traces of the compiler.
async function compiled(library) {
  const py = await loadPyodide();
  py.unpackArchive(library, "zip", { extractDir: LIBRARY });
  py.runPython(`import compileall, py_compile, shutil
compileall.compile_dir("${LIBRARY}", quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
shutil.make_archive("/tmp/compiled", "zip", "${LIBRARY}")`);
  return py.FS.readFile("/tmp/compiled.zip");
}

// Python's own blocks, of each size that it has pools for, and then whatever else is free.
const FILL_FREE = `
import gc
gc.collect()
for size in range(48, 513, 16):
    held = []
    try:
        while True:
            held.append(bytes(size - 33))
    except MemoryError:
        del held
`;
const LARGEST = 1 << 24;
const SMALLEST = 16;

// What was there in memory that is free now would be packed and sent along: a seventh of the whole.
function clearFree(py) {
  const { grow } = WebAssembly.Memory.prototype;
  const module = py._module;
  const taken = [];
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError("only what is free already");
  };
  try {
    py.runPython(FILL_FREE);
    for (let size = LARGEST; size >= SMALLEST; size /= 2) {
      for (let at = module._malloc(size); at; at = module._malloc(size)) {
        module.HEAPU8.fill(0, at, at + size);
        taken.push(at);
      }
    }
  } finally {
    for (const at of taken) module._free(at);
    WebAssembly.Memory.prototype.grow = grow;
  }
}

async function memory() {
  const library = await compiled(new Uint8Array(await readFile("library.zip")));
  const py = await loadPyodide({ _makeSnapshot: true });
  py.unpackArchive(library, "zip", { extractDir: LIBRARY });
  py.runPython(`import sys
sys.path.insert(0, "${LIBRARY}")
from handgrad.demos.web.inside.start import warm_up
warm_up()`);
  clearFree(py);
  await writeFile(path.join(target, "start.bin"), py.makeMemorySnapshot());
}

await mkdir(target, { recursive: true });
await Promise.all([bundle(), parts()]);
await memory();
process.exit(0);
