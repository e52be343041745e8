"""`handgrad sheet` and `handgrad walk`: what they open, and what they say where they cannot."""

import random
import textwrap

import pytest
from click.testing import CliRunner

from handgrad import compare
from handgrad.demos import sheet as command
from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.graphs import NoGraphError, kata_graph
from handgrad.graph import topological_order
from handgrad.viz import Sheet
from tests.viz.graphs import TWO_MISTAKES

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


def test_a_name_that_is_no_value_of_the_file_is_a_short_error(walk):
    walk.write("mine.py", "from handgrad import Value\nL = Value(3.0)")
    assert "no Value called loss; it has L" in walk("mine.py", "--root", "loss").output


@pytest.mark.parametrize(
    "kata", ["add", "lecture", "diamond", "neuron", "mlp", "cross_entropy_steps", "batchnorm_steps"]
)
def test_a_kata_has_a_graph_that_is_not_filled_in(kata):
    comparison = kata_graph(COURSE[kata])
    assert all(node.grad is None for node in topological_order(comparison.root) if not node.is_constant)
    assert comparison.missing


def test_a_kata_without_a_graph_says_so():
    with pytest.raises(NoGraphError, match="slope has no graph of its own"):
        kata_graph(COURSE["slope"])


def test_the_numbers_of_a_failed_check_stand_on_the_sheet():
    first = kata_graph(COURSE["lecture"])
    by_name = {result.name: result.node for result in first}
    for name, number in list(TWO_MISTAKES.items())[:3]:
        if name in by_name:
            by_name[name].grad = number
    failed = compare(first.root).to_dict()
    again = kata_graph(COURSE["lecture"], failed)
    assert again.root is not first.root
    assert [result.actual for result in again] == [result.actual for result in first.root and compare(first.root)]
    assert again.causes


def test_a_kata_is_served_beside_what_the_process_does():
    server = command.kata_server(COURSE["diamond"])
    assert server.address.startswith("http://127.0.0.1:")
    assert server.answer({"do": "open"})["title"] == "The diamond"
    server.shutdown()
    server.server_close()


def test_a_drill_is_followed_by_another():
    sheet = command.drill_sheet(random.Random(0), 3)
    assert isinstance(sheet, Sheet)
    following = sheet.following()
    assert (sheet.heading, following.heading) == ("Drill 1", "Drill 2")
    assert following.key != sheet.key
