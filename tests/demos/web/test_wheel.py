"""The wheel in the Python of a browser, as micropip installs it: nothing is asked for that is not there."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from handgrad.demos.web import packages
from tests.patience import PATIENCE
from tests.project import CONFIG, ROOT

from .conftest import needs_node

PROGRAM = """
import sys
from handgrad import Value, compare, label, manual, viz
with manual():
    a, b = Value(2.0), Value(-3.0)
    L = a * b
label()
L.grad, a.grad, b.grad = 1.0, -3.0, 3.0
found = compare(L)
picture = viz.draw(found)
print(sys.platform, [result.status.name for result in found], picture.source[:7])
print(len(viz.sheet(found).handle({"do": "open"})["nodes"]), "nodes on the sheet")
print(picture._repr_mimebundle_()["text/plain"])
"""


def required(environment):
    """The names of what an install asks for on some machine."""
    lines = [line for line in CONFIG["options"]["install_requires"].strip().splitlines() if not line.startswith("#")]
    found = [Requirement(line) for line in lines]
    return {r.name for r in found if r.marker is None or r.marker.evaluate({**default_environment(), **environment})}


def machine(system, kind):
    return {"sys_platform": system, "platform_machine": kind}


@pytest.mark.parametrize(
    "environment",
    [
        machine("linux", "x86_64"),
        machine("linux", "aarch64"),
        machine("darwin", "arm64"),
        machine("darwin", "x86_64"),
        machine("win32", "AMD64"),
        machine("win32", "ARM64"),
    ],
)
def test_a_machine_with_wheels_gets_the_renderer(environment):
    assert "graphviz-pure" in required(environment)


@pytest.mark.parametrize(
    "environment",
    [
        machine("emscripten", "wasm32"),
        machine("linux", "armv7l"),
        machine("linux", "riscv64"),
        machine("linux", "ppc64le"),
        machine("freebsd14", "amd64"),
        machine("android", "aarch64"),
    ],
)
def test_another_machine_is_asked_for_what_is_written_in_python_and_for_numpy(environment):
    assert required(environment) == {"click", "graphviz", "numpy", "pytest", "rich"}


@pytest.fixture(scope="module")
def home():
    """Where node finds Pyodide."""
    needs_node()
    return packages._install(packages._programs()[1])


def test_pyodide_has_each_package_or_it_is_written_in_python(home):
    lock = json.loads((home / "node_modules" / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    for name in required(machine("emscripten", "wasm32")) - set(lock["packages"]):
        assert "Root-Is-Purelib: true" in importlib.metadata.distribution(name).read_text("WHEEL"), name


@pytest.mark.rest(of=5)
def test_the_wheel_compares_and_draws_in_pyodide_and_says_why_it_renders_nothing(home, tmp_path):
    command = [sys.executable, "setup.py", "-q", "build", "-b", tmp_path / "build", "egg_info", "-e", tmp_path]
    command += ["bdist_wheel", "-d", tmp_path]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=PATIENCE, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(tmp_path / "others.zip", "w") as archive:
        for file in importlib.metadata.files("graphviz") or []:
            if file.suffix == ".py":
                archive.write(str(file.locate()), file.as_posix())
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=home, prefix="build-") as folder:
        shutil.copyfile(Path(__file__).with_name("installed.mjs"), Path(folder) / "installed.mjs")
        arguments = [wheel, tmp_path / "others.zip", tmp_path / "program.py"]
        node = [*packages._programs()[0], "installed.mjs", *arguments]
        done = subprocess.run(node, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("emscripten ['CORRECT', 'WRONG', 'CORRECT'] digraph\n")
    assert "\n3 nodes on the sheet\n" in done.stdout
    assert "A browser starts no programs" in done.stdout
