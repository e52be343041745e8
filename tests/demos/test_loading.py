"""A person's file, run as a module."""

import sys

import pytest

from handgrad.demos.loading import load


@pytest.fixture
def file(tmp_path):
    """A file: file(text)."""

    def write(text):
        path = tmp_path / "their_own.py"
        path.write_text(text)
        return path

    return write


def test_what_is_in_the_file_now_is_run_however_soon_after_its_last_version(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert [load(file(f"x = {number}\n"), "their_own").x for number in range(5)] == [0, 1, 2, 3, 4]


def test_nothing_is_left_beside_the_file(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = file("x = 1\n")
    load(path, "their_own")
    assert list(path.parent.iterdir()) == [path]


def test_while_it_runs_it_is_found_under_its_name_and_not_afterwards(file):
    point = "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: 'int'\n"
    module = load(file(f"import sys\n{point}me = sys.modules[__name__]\n"), "their_own")
    assert module.me is module
    assert module.Point(2).x == 2
    assert "their_own" not in sys.modules


def test_a_module_that_has_the_name_already_stays(file):
    before = sys.modules["json"]
    assert load(file("x = 1\n"), "json").x == 1
    assert sys.modules["json"] is before


@pytest.mark.parametrize(("text", "error"), [("x = 1 / 0\n", ZeroDivisionError), ("x = (\n", SyntaxError)])
def test_what_it_raises_is_raised_and_nothing_of_it_stays(file, text, error):
    with pytest.raises(error):
        load(file(text), "their_own")
    assert "their_own" not in sys.modules
