"""The plugin for pytest: pictures of gradient checks that fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
from handgrad import Value, manual
from handgrad.testing import assert_gradients

def wrong():
    with manual():
        x = Value(2.0, "x")
        L = x * x
    L.label, L.grad, x.grad = "L", 1.0, 3.0
    return L

def test_wrong():
    assert_gradients(wrong())

def test_of_something_else():
    assert 1 == 2
"""


def run(folder: Path, *options: str) -> str:
    (folder / "test_mine.py").write_text(TESTS, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_mine.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    return done.stdout


def test_the_picture_of_each_failed_check_is_kept_and_named(tmp_path: Path) -> None:
    said = run(tmp_path, "--handgrad-pictures", "pictures")
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.name == "test_mine.py_test_wrong.svg"
    assert 'stroke="red"' in picture.read_text(encoding="utf-8")
    assert said.count("picture of the gradients") == 1
    assert str(Path("pictures", picture.name)) in said


def test_without_the_option_nothing_is_drawn(tmp_path: Path) -> None:
    assert "picture of the gradients" not in run(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".pyc") >= ["pytest.ini", "test_mine.py"]
    assert not (tmp_path / "pictures").exists()


def test_a_folder_that_cannot_be_written_does_not_hide_the_failure(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("", encoding="utf-8")
    assert "not written: " in run(tmp_path, "--handgrad-pictures", "pictures")
