// Run by node, in a folder beside node_modules: bundles the scripts and the styles, takes Python's parts from their
// package, and compiles what is written in Python.
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

// Of Python's own modules, those that nothing can use in a page, and the tables of old alphabets.
const UNUSED = [
  "(_pyrepl|curses|multiprocessing|wsgiref|xmlrpc)/|http/server[.]|encodings/(cp|iso|koi8|mac_)",
  "(ftplib|imaplib|mailbox|poplib|smtplib|socketserver)[.]",
].join("|");

// Compiled here, by the Python that will run it: a page would take seconds for it, each time. Of Python's own modules
// those that are loaded in any case are; the others are smaller as they are.
const COMPILE = `
import compileall, io, os, pathlib, re, shutil, sys, zipfile
from importlib.util import MAGIC_NUMBER
from marshal import dumps
from py_compile import PycInvalidationMode

HEAD = MAGIC_NUMBER + bytes([1]) + bytes(11)  # never held against a source

def compile_library(place):
    for folder in map(str, place.iterdir()):
        if os.path.basename(folder) in ("course", "given"):
            continue
        compileall.compile_dir(folder, quiet=2, legacy=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        for source in pathlib.Path(folder).rglob("*.py"):
            source.unlink()
    for folder in place.rglob("__pycache__"):
        shutil.rmtree(folder)

def compile_standard(file, unused):
    loaded = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    before, packed = zipfile.ZipFile(file), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as after:
        for name in sorted(before.namelist()):
            content = before.read(name)
            if f"{file}/{name}" in loaded:
                name, content = name + "c", HEAD + dumps(compile(content, f"{file}/{name}", "exec", dont_inherit=True))
            elif name.endswith("/") or re.match(unused, name):
                continue
            after.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()
`;

async function parts() {
  await copyFile(path.join(pyodide, "pyodide.asm.wasm"), path.join(target, "python.wasm"));
  const { info, packages } = JSON.parse(await readFile(path.join(pyodide, "pyodide-lock.json"), "utf8"));
  await writeFile(path.join(target, "lock.json"), JSON.stringify({ info, packages: { numpy: packages.numpy } }));
  const py = await loadPyodide({ env: { PYTHONNODEBUGRANGES: "1", PYTHONHASHSEED: "0" } });
  py.unpackArchive(new Uint8Array(await readFile("library.zip")), "zip", { extractDir: LIBRARY });
  py.globals.set("unused", UNUSED);
  py.runPython(`import sys
sys.path.insert(0, "${LIBRARY}")
from handgrad.demos.web.inside.start import warm_up
warm_up()
${COMPILE}
compile_library(pathlib.Path("${LIBRARY}"))
shutil.make_archive("/tmp/library", "zip", "${LIBRARY}")
standard = compile_standard(next(place for place in sys.path if place.endswith(".zip")), unused)
pathlib.Path("/tmp/standard.zip").write_bytes(standard)`);
  for (const name of ["library.zip", "standard.zip"]) await writeFile(path.join(target, name), py.FS.readFile(`/tmp/${name}`));
}

await mkdir(target, { recursive: true });
await Promise.all([bundle(), parts()]);
process.exit(0);
