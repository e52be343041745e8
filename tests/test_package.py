"""What is installed: one name, all of its packages, and nothing that clashes."""

import configparser
import importlib
import subprocess
import sys
from pathlib import Path

import handgrad

ROOT = Path(__file__).parents[1]
FOLDERS = {"engine": "handgrad", "viz": "handgrad.viz", "demos": "handgrad.demos"}


def declared_packages() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return set(config["options"]["packages"].split())


def test_every_folder_with_an_init_is_a_declared_package():
    found = {
        ".".join((name, *init.parent.relative_to(ROOT / folder).parts))
        for folder, name in FOLDERS.items()
        for init in (ROOT / folder).rglob("__init__.py")
        if "course" not in init.parts
    }
    assert declared_packages() == found


def test_every_package_is_imported_under_its_one_name():
    for name in declared_packages():
        assert importlib.import_module(name).__name__ == name


def test_a_learners_engine_py_does_not_come_in_the_way(tmp_path):
    for name in ("engine", "viz", "demos"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('the wrong one')\n", encoding="utf-8")
    program = "from handgrad import Value, viz; import handgrad.demos.cli; print(viz.draw(Value(1.0)).source[:7])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "digraph", done.stderr


def test_scalar_graphs_do_without_numpy():
    program = (
        "import sys; from handgrad import Value, compare, manual, numeric_gradients, gradcheck\n"
        "with manual(): L = Value(2.0) * 3.0\n"
        "compare(L), numeric_gradients(L), gradcheck(L)\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"
    assert handgrad.__name__ == "handgrad"
