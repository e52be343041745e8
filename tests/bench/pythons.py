"""A step of micrograd's moons demo on other Pythons, and in Pyodide: how many times our time microgpt's way takes.

It runs on each Python that is on the path, or under pyenv, without any package, and in Pyodide where there is node and
`make bench` could install it. The times are those of a step forward and backward.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import handgrad

from .common import tuples
from .common.timing import COLLECTORS, in_turns, medians, ratios
from .moons import Perceptron, ours, step

ROUNDS = 11
MINORS = range(11, 15)
ALONE = "from tests.bench.pythons import alone; alone()"
IN_NODE = """
const { loadPyodide } = await import(process.argv[2]);
const pyodide = await loadPyodide();
pyodide.FS.mkdir("/bench");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: process.argv[3] }, "/bench");
pyodide.runPython("import sys; sys.path.insert(0, '/bench')");
pyodide.runPython(process.argv[4]);
"""


def alone() -> None:
    """Print the row of the Python that runs this."""
    sys.setrecursionlimit(3_000)  # microgpt's way sorts by recursion
    steps = {"handgrad": step(ours), "microgpt's way": step(lambda: Perceptron(tuples.Value))}
    name = f"{'Pyodide' if sys.platform == 'emscripten' else 'CPython'} {platform.python_version()}"
    shown = []
    for title, collector in COLLECTORS.items():
        with collector():
            found = in_turns(steps, ROUNDS)
        milliseconds = 1e3 * medians(found["handgrad"])["both"]
        times = ratios(found["microgpt's way"], found["handgrad"])["both"]
        shown.append(f"{title} {milliseconds:6.1f} ms x {times:4.2f}")
    print(f"    {name:<16} " + "   ".join(shown), flush=True)


def pythons() -> Iterator[str]:
    """Each minor version that is there, once."""
    beside = sorted(str(one) for one in (Path.home() / ".pyenv/versions").glob("3.*/bin"))
    for minor in MINORS:
        name = f"python3.{minor}"
        found = shutil.which(name, path=os.pathsep.join(beside)) or shutil.which(name)
        if found is not None:
            yield found


def main() -> None:
    """Print a row for each."""
    print("  handgrad's time of a step, and how many times it microgpt's way takes, by what the collector does")
    bench = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        kept = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(handgrad.__file__).parent, Path(folder) / "handgrad", ignore=kept)
        shutil.copytree(bench, Path(folder) / "tests/bench", ignore=kept)
        for python in pythons():
            subprocess.run([python, "-S", "-c", ALONE], env={"PYTHONPATH": folder}, cwd=folder, check=True)
        pyodide = Path("out/bench/node_modules/pyodide/pyodide.mjs").absolute()
        if not pyodide.exists() or shutil.which("node") is None:
            print("  Pyodide is not installed: npm install --prefix out/bench pyodide has it join in")
            return
        script = Path(folder) / "in_node.mjs"
        script.write_text(IN_NODE, encoding="utf-8")
        subprocess.run(["node", str(script), pyodide.as_uri(), folder, ALONE], check=True)


if __name__ == "__main__":
    main()
