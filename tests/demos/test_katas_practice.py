"""Practice: safe arithmetic, drills that repeat, answers that are judged."""

import math
import random
import re

import pytest
from click.testing import CliRunner

from handgrad import gradients
from handgrad.demos.cli import main
from handgrad.demos.katas.drills.arithmetic import ExpressionError, evaluate
from handgrad.demos.katas.drills.drill import LEVELS, make_drill


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3.0),
        ("-2*3", -6.0),
        ("1/4", 0.25),
        (" 1 - 0.5**2 ", 0.75),
        ("2^3", 8.0),
        ("\N{MINUS SIGN}5", -5.0),
        ("(1 + 2) * -(3)", -9.0),
        ("1e-3", 0.001),
        ("exp(1) - tanh(0)", math.e),
        ("+.5", 0.5),
        ("2**-2", 0.25),
    ],
)
def test_expression_has_its_number(text, number):
    assert evaluate(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "__import__('os').system('true')",
        "().__class__",
        "9**9**9",
        "9**999",
        "2**101",
        "1/0",
        "0**-1",
        "(-8)**0.5",
        "1e999",
        "exp(1000)",
        "log(0)",
        "True",
        "'3'",
        "3j",
        "3 if 1 else 2",
        "3,5",
        "[3]",
        "exp(1, 2)",
        "exp(x=1)",
        "1 < 2",
        "",
        "1;2",
        "(" * 150,
        "-" * 190 + "1" + "9" * 50,
        "lambda: 3",
        "3//2",
        "nan",
        "\x00",
    ],
)
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(ExpressionError, match="Type a number or a sum"):
        evaluate(text)


@pytest.mark.parametrize("level", LEVELS)
def test_drills_repeat_by_seed_and_have_telling_gradients(level):
    first, second = random.Random(3), random.Random(3)
    for _ in range(60):
        drill, again = make_drill(first, level), make_drill(second, level)
        assert drill.steps[-1][1] == again.steps[-1][1]
        assert [leaf.data for leaf in drill.leaves] == [leaf.data for leaf in again.leaves]
        true = gradients(drill.root)
        assert drill.asked
        for node in drill.asked:
            assert 0.02 <= abs(true[node]) <= 250
            assert node.label


@pytest.mark.parametrize("level", [3, 4])
def test_reuse_comes_up(level):
    rng = random.Random(1)
    drills = [make_drill(rng, level) for _ in range(40)]

    def has_reuse(drill):
        operands = [o for node, _ in drill.steps for o in node.operands if not o.is_constant]
        return len(set(operands)) < len(operands)

    assert any(map(has_reuse, drills))
    assert level != 3 or all(map(has_reuse, drills))


def practise(text, *options):
    return CliRunner().invoke(main, ["practice", "--seed", "7", *options], input=text)


def answers(seed, level, count):
    """The right answers, in order."""
    rng = random.Random(f"{seed} {level}")
    while count > 0:
        drill = make_drill(rng, level)
        true = gradients(drill.root)
        for node in drill.asked[:count]:
            yield repr(true[node])
        count -= len(drill.asked)


@pytest.mark.parametrize("level", LEVELS)
def test_right_answers_all_count(level):
    typed = list(answers(7, level, 12))
    result = practise("\n".join([*typed, "q"]) + "\n", "--level", str(level))
    assert result.exit_code == 0
    assert f"{len(typed)} of {len(typed)} right at the first try." in result.output
    assert f"handgrad practice --seed 7 --level {level}" in result.output


def test_lost_minus_is_named_and_tried_again():
    seed = next(n for n in range(99) if " * " in make_drill(random.Random(f"{n} 1"), 1).steps[0][1])
    (right,) = answers(seed, 1, 1)
    result = practise(f"{-float(right)!r}\n{right}\n", "--seed", str(seed))
    assert "the size fits, the sign does not" in result.output
    assert "0 of 1 right at the first try." in result.output


def test_after_three_tries_the_sum_is_shown():
    result = practise("999.9\n" * 3)
    assert re.search(r"It is \S+: 1 \* ", result.output)


def test_words_stay_whole_on_a_narrow_terminal(monkeypatch):
    wide = practise("1\n\n\n2\n3\n")
    monkeypatch.setenv("COLUMNS", "50")
    narrow = practise("1\n\n\n2\n3\n")
    *lines, command = narrow.output.splitlines()  # the last one is to be copied whole
    assert command.endswith("handgrad practice --seed 7 --level 1")
    assert max(map(len, lines)) < 50 < max(map(len, wide.output.splitlines()))
    assert narrow.output.split() == wide.output.split()


def test_nonsense_and_enter_do_not_count():
    result = practise("what\n\n3,5\nq\n")
    assert "is used in" in result.output
    assert "a point, not a comma" in result.output
    assert "Nothing answered yet." in result.output


def test_same_seed_same_drill_and_seed_is_told():
    assert practise("q\n").output == practise("q\n").output
    free = CliRunner().invoke(main, ["practice"], input="q\n").output
    assert re.search(r"--seed \d+ --level 1", free)


def test_lines_fit_80_columns():
    for level in map(str, LEVELS):
        output = practise("1\n2\n\n3\nhello\n" * 20, "--level", level).output
        assert max(map(len, output.splitlines())) <= 80
