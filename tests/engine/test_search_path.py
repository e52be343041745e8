"""Programs of the package import nothing from the current folder."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from handgrad import search_path

NAMES = ("typing", "json", "click", "random", "dataclasses", "numpy", "pytest", "rich")


@pytest.fixture
def folder(tmp_path):
    """A folder in which every module that is imported from it says so and ends the program."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} was imported from here')\n")
    return tmp_path


def run(folder, *command):
    return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)


def test_a_module_of_the_package_takes_nothing_from_the_current_folder(folder):
    found = run(folder, "-m", "handgrad.demos.quickstart", "--help")
    assert "was imported from here" not in found.stderr + found.stdout


def test_the_command_and_its_checks_take_nothing_from_the_current_folder(folder):
    command = Path(sys.executable).with_name("handgrad")
    (folder / "handgrad.py").write_text("raise SystemExit('handgrad was imported from here')\n")
    subprocess.run([command, "start", "ws"], cwd=folder, check=True, capture_output=True)
    for path in folder.glob("*.py"):
        path.rename(folder / "ws" / path.name)
    found = subprocess.run([command, "check", "add"], cwd=folder / "ws", capture_output=True, text=True, check=False)
    assert "was imported from here" not in found.stderr + found.stdout
    assert "Next to fill in" in found.stdout


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ("python -m handgrad", True), ("python -m handgrad.demos.moons --out x", True), ("python -Bm handgrad", True),
        ("python -mhandgrad", True), ("python -B -m handgrad", True), ("python -m mine.handgrad", False),
        ("python train.py -m handgrad", False), ("python -m handgrads", False), ("python", False), ("python -m", False),
    ],
)  # fmt: skip
def test_only_a_program_of_the_package_has_its_path_cleaned(command, ours, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", command.split())
    monkeypatch.setattr(sys, "argv", ["-m"])
    monkeypatch.setattr(sys, "path", ["here", "there"])
    monkeypatch.setattr(search_path.sys, "flags", SimpleNamespace(safe_path=False))
    search_path.clean_path()
    assert sys.path == (["there"] if ours else ["here", "there"])
