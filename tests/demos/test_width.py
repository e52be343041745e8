"""Nothing that a command prints is wider than a terminal of 80 columns: no verdict, no error, no program."""

import ast
import shutil

import click
import pytest
from click.testing import CliRunner

from handgrad.demos.cli import command_names, main
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.terminal.narrow import narrow
from handgrad.demos.makemore.checking import COURSE as MAKEMORE
from handgrad.demos.worksheets.command import commands

COURSE = Course()
WIDTH = 80
SOME = ("add", "lecture", "mse", "rnn")

NET = '''\
import numpy as np


def forward(x, w, b):
    hidden_layer_before_activation = x @ w + b
    hidden_layer_after_activation = np.tanh(hidden_layer_before_activation)
    return (hidden_layer_after_activation**2).sum(), (x, w, hidden_layer_after_activation, "and something besides")


def backward(dout, cache):
    x, w, hidden_layer_after_activation, _ = cache
    dhidden_layer_before_activation = 2 * dout * hidden_layer_after_activation * (1 - hidden_layer_after_activation)
    return dhidden_layer_before_activation @ w.T, x.T @ dhidden_layer_before_activation, dhidden_layer_before_activation


inputs = {"x": np.ones((2, 3)) * 0.1, "w": np.ones((3, 2)) * 0.2, "b": np.ones(2) * 0.3}
'''  # fmt: skip

CALLS = (
    *((name, "--help") for name in command_names()),
    ("--help",), ("solutoin",),
    ("start",), ("start", "ws"), ("start", "another folder"), ("start", "ws", "--course", "nowhere"),
    ("list",), ("list", "softmax"), ("list", "nothing like that"), ("list", "--pending"),
    *(("solution", name, "--peek") for name in SOME),
    *((command, name) for name in SOME for command in ("check", "hint", "solution", "reset")),
    ("check", "--timeout", "forever"), ("check", "a_kata_that_is_not_there"), ("hint", "ad"), ("watch",),
    ("check", "--all"),
    ("reset", "add", "--undo"),
    ("nudge", "c", "lecture"), ("nudge", "nothing", "lecture"), ("nudge", "x", "slope"),
    ("review",), ("review", "lecture"), ("card",), ("history",), ("history", "add"),
    ("new", "mine"), ("new", "mine"), ("verify", "mine"), ("verify", "nowhere"),
    ("handout", "mine", "OUT"),
    ("sheet", "nowhere.py"), ("sheet", "a +* b"), ("sheet", "slope"), ("walk", "--text", "a*b"), ("walk", "nowhere.py"),
    ("export",), ("import", "net.py"), ("import", "nowhere.json"), ("site",),
    ("debug", "net.py"), ("debug", "net.py", "--patch"), ("debug", "nowhere.py"), ("debug", "handgrad-progress.json"),
    ("grade", "class"), ("grade", "nowhere"), ("grade", "class", "--kata", "nothing"),
    ("autograder", "OUT.zip", "--kata", "add"),
    ("demo",), ("practice", "--level", "99"), ("practice", "--seed", "3", "--level", "4"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a small course, a workspace of it in which wrong answers stand, a net and a class."""
    place = tmp_path_factory.mktemp("narrow")
    for name in SOME:
        shutil.copytree(COURSE[name].folder, place / "course" / COURSE[name].place)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert CliRunner().invoke(main, ["start", "ws", "--course", "course"]).exit_code == 0
    for name in SOME:
        kata = COURSE[name]
        answer = wrong_answers(kata)[0].text
        (place / "ws" / kata.place / kata.file_name).write_text(answer, encoding="utf-8")
    (place / "ws" / "net.py").write_text(NET, encoding="utf-8")
    (place / "ws" / "class" / "ada").mkdir(parents=True)
    (place / "ws" / "class" / "ada" / "add.py").write_text(wrong_answers(COURSE["add"])[0].text, encoding="utf-8")
    return place / "ws"


@pytest.mark.usefixtures("warm_checks")
@pytest.mark.drawn(12, rest=20)
@pytest.mark.parametrize("call", dict.fromkeys(CALLS), ids=" ".join)
def test_what_it_says_fits(call, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    for _ in range(5 if call[0] == "hint" else 1):
        result = CliRunner().invoke(main, list(call), input="1\n-6\n?\n\n\nq\n")
        assert result.exit_code in (0, 1, 2), result.exception
        said, _, _ = result.output.partition("\n--- ")  # a patch is in the lines of the file that it fixes
        assert said
        assert [line for line in said.splitlines() if len(line) > WIDTH] == []


def meant(program):
    """A program as its syntax tree, a docstring as its words."""
    tree = ast.parse(program)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = " ".join(node.value.value.split())
    return ast.dump(tree)


@pytest.mark.drawn(36, rest=20)
@pytest.mark.parametrize("kata", COURSE.katas, ids=lambda kata: kata.name)
def test_a_solution_is_narrow_and_the_same_program(kata):
    text = kata.solution.read_text(encoding="utf-8")
    for width in (79, 60):
        assert meant(narrow(text, width)) == meant(text)
    assert max(map(len, narrow(text).splitlines())) <= 79


WORKSHEET = (
    ("--help",),
    ("start",),
    ("start", "mine.txt"),
    ("check", "nowhere.py"),
    ("check", "--part", "9"),
    ("check",),
)


@pytest.mark.parametrize("course", [MAKEMORE], ids=lambda course: course.name)
def test_what_a_worksheet_says_fits(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    group = click.Group("g", {command.name: command for command in commands(course)})
    said = [CliRunner().invoke(group, list(call)).output for call in WORKSHEET]
    worksheet = tmp_path / f"{course.name}_worksheet.py"
    worksheet.write_text(
        worksheet.read_text(encoding="utf-8").replace("= None", "= x.probs @ x.probs", 1), encoding="utf-8"
    )
    said.append(CliRunner().invoke(group, ["check", "--part", "1"]).output)
    assert "The shapes do not fit: a product pairs the columns" in said[-1]
    assert [line for text in said for line in text.splitlines() if len(line) > WIDTH] == []
