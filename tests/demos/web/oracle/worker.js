import { loadPyodide } from "./pyodide/pyodide.mjs";

const LIBRARY = "/lib/handgrad";

async function begun() {
  const py = await loadPyodide({ indexURL: new URL("pyodide/", self.location).href });
  await py.loadPackage(["numpy"], { errorCallback() {} }).catch(() => {}); // which not every Pyodide has beside it
  py.unpackArchive(await (await fetch("library.zip")).arrayBuffer(), "zip", { extractDir: LIBRARY });
  py.runPython(`import sys; sys.path.insert(0, "${LIBRARY}")`);
  if (py.loadedPackages.numpy) py.runPython("import numpy, handgrad.arrays");
  const start = py.pyimport("handgrad.demos.web.inside.start");
  start.warm_up();
  const answer = start.start(undefined);
  return { answer, module: py._module, kept: py._module.HEAPU8.slice() };
}

const ready = begun();

onmessage = async ({ data: { to, message } }) => {
  try {
    const { answer, module, kept } = await ready;
    const reply = JSON.parse(answer(JSON.stringify(message)));
    module.HEAPU8.fill(0, kept.length);
    module.HEAPU8.set(kept);
    postMessage({ to, reply });
  } catch (error) {
    postMessage({ to, broken: String(error?.stack ?? error).slice(-2000) });
  }
};
