// Run by node, in a folder beside node_modules: a wheel in the page's Python, and what a program prints with it.
//
//     node installed.mjs WHEEL OTHERS.zip PROGRAM.py
import { readFile } from "node:fs/promises";
import { loadPyodide } from "pyodide";

const [wheel, others, program] = process.argv.slice(2);
const py = await loadPyodide();
for (const archive of [wheel, others]) {
  py.unpackArchive(new Uint8Array(await readFile(archive)), "zip", { extractDir: "/lib/installed" });
}
py.runPython('import sys; sys.path.insert(0, "/lib/installed")');
py.runPython(await readFile(program, "utf8"));
process.exit(0);
