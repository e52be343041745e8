"""`handgrad sheet` and `handgrad walk`: what they open, and what they say where they cannot."""

import textwrap

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course

COURSE = Course()


@pytest.fixture
def walk(tmp_path, monkeypatch):
    """Run `handgrad walk --text` in a folder of its own; `walk.write` writes a file there."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, ["walk", "--text", *arguments])

    def write(name, text):
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        return name

    run.write = write
    return run


def test_without_a_target_the_lectures_pass_is_walked(walk):
    result = walk()
    assert result.exit_code == 0
    for line in ("L = (a*b + c) * f", "e = a \u00d7 b = -6", "1. d gets L.grad \u00d7 dL/dd = 1 \u00d7 f = -2.", "6. "):
        assert line in result.output


@pytest.mark.parametrize("target", ["lecture", "attention"])
def test_a_walk_keeps_to_80_columns(walk, target):
    lines = walk(*([] if target == "lecture" else [target])).output.splitlines()
    assert max(map(len, lines)) < 80
    assert sum(line.lstrip()[:1].isdecimal() for line in lines) >= 6


def test_the_values_of_a_file_have_the_names_of_its_variables(walk):
    walk.write("mine.py", "print('hello')\nfrom handgrad import Value\nx = Value(3.0)\nL = x * x")
    result = walk("mine.py")
    assert "x gets L.grad" in result.output
    assert not result.stdout.startswith("hello")


def test_the_root_is_the_one_that_is_named_or_the_only_one(walk):
    walk.write("two.py", "from handgrad import Value\na = Value(3.0)\np = a * 2\nq = a + 1")
    assert "--root, such as p and q" in walk("two.py").output
    assert "a gets q.grad" in walk("two.py", "--root", "q").output
    walk.write("one.py", "from handgrad import Value\na = Value(3.0)\np = a * 2\nq = p + 1")
    assert "p gets q.grad" in walk("one.py").output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1", "makes no Value"),
        ("1/0", "ZeroDivisionError"),
        ("def", "SyntaxError"),
        ("raise SystemExit(3)", "ends by itself"),
        ("from handgrad import Value\nx = Value(2.0)\nL = (x - 2) ** 0.5", "no finite derivative"),
    ],
)
def test_a_file_that_cannot_be_opened_is_a_short_error(walk, content, said):
    walk.write("bad.py", content)
    result = walk("bad.py")
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [["nothing.py"], ["dimond"], ["slope"], ["--root", "L"], ["diamond.txt"]])
@pytest.mark.parametrize("name", ["sheet", "walk"])
def test_a_target_that_is_not_there_is_a_short_error(walk, arguments, name):
    result = CliRunner().invoke(main, [name, "--no-open", *arguments])
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert len(result.output) < 300


@pytest.mark.usefixtures("by_uvx")
def test_a_root_without_a_file_is_told_with_the_command_to_type(walk):
    assert "uvx handgrad sheet FILE.py --root NAME" in walk("--root", "L").output


def test_a_name_that_is_no_value_of_the_file_is_a_short_error(walk):
    walk.write("mine.py", "from handgrad import Value\nL = Value(3.0)")
    assert "no Value called loss; it has L" in walk("mine.py", "--root", "loss").output


@pytest.mark.parametrize("name", ["2", "add", "01_white/02_add"])
def test_a_kata_is_meant_by_its_name_or_its_number(walk, name):
    assert walk(name).output.splitlines()[0] == COURSE["add"].title


ARRAYS = """
import numpy as np
from handgrad import manual
from handgrad.arrays import array
with manual():
    x, W, b = array([[1.0, 2.0]]), array([[0.5], [-1.5]]), array([0.25])
    y = x @ W + b
    loss = (y * y).sum()
    other = y.sum()
"""


def test_a_file_of_arrays_is_walked_as_one_types_it(walk):
    walk.write("layer.py", ARRAYS)
    said = walk("layer.py").output
    for line in (
        "loss of layer.py", "x = an array of shape (1, 2)", "x gets (x@W).grad @ W.T. Its shape is (1, 2): [[",
        "W gets x.T @ (x@W).grad.", "b gets y.grad \u00d7 1, summed over what was broadcast.",
    ):  # fmt: skip
        assert line in said
    assert walk("layer.py", "--root", "other").output.startswith("other of layer.py")


def test_a_root_that_is_an_array_is_an_error_that_says_what_to_do(walk):
    walk.write("layer.py", ARRAYS)
    result = walk("layer.py", "--root", "y")
    assert result.exit_code == 2
    assert "y has shape (1, 1)" in result.output
