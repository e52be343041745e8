"""Practice: safe arithmetic, drills that repeat, answers that are judged."""

import math
import random
import re

import pytest
from click.testing import CliRunner

from handgrad import gradients
from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.drills.arithmetic import ExpressionError, evaluate
from handgrad.demos.katas.drills.drill import LEVELS, make_drill
from handgrad.demos.katas.drills.help import help_with
from handgrad.demos.katas.drills.practice import run_practice
from handgrad.demos.katas.workspace.workspace import start


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
        ("sigmoid(-1)", 1 / (1 + math.e)),
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


class Learner:
    """Someone who knows the chain rule and has nothing but the screen.

    Args:
        rng: of its choices.
        formulas: "input" or "output": which of the two it works a slope out from, where either will do; or "any".
        digits: how many it types, and carries on with; None for all that Python gives.
        carries_all: it types so many digits, but carries on with all of them.
        is_careless: its first answer is a usual slip, wherever one is some way off.
    """

    def __init__(self, seed, formulas, digits, *, carries_all=False, is_careless=False):
        self.rng = random.Random(seed)
        self.formulas, self.digits = formulas, digits
        self.carries_all, self.is_careless = carries_all, is_careless
        self.screen = ""
        self.data, self.made, self.grads, self.slipped = {}, [], {}, set()
        self.drills, self.right, self.refused, self.undetected = 0, 0, [], []
        self.last = None  # what was typed last: node, number, whether it is a slip

    def practise(self, level, seed, drills, monkeypatch, capsys):
        """Answer what is asked until so many drills are done."""

        def answer(prompt):
            shown = capsys.readouterr().out
            self.screen += shown
            self.see_verdict(shown)
            if self.refused or ("\nDrill " in shown and self.drills == drills):
                return "q"
            if "\nDrill " in shown:
                self.read(shown)
            return self.answer(prompt.strip().partition(".")[0])

        monkeypatch.setattr("builtins.input", answer)
        run_practice(seed, level)

    def see_verdict(self, shown):
        if self.last is None:
            return
        node, number, is_slip = self.last
        is_accepted = "        Right" in shown
        self.right += is_accepted and not is_slip
        if is_accepted == is_slip:
            (self.undetected if is_slip else self.refused).append((node, number, self.screen[-900:]))
        self.last = None

    def read(self, shown):
        self.drills += 1
        leaves, *steps = shown.rpartition("\nDrill ")[2].partition("\n\n    L.grad = 1")[0].splitlines()[1:]
        self.data = {name: float(number) for name, number in re.findall(r"(\w) = (\S+)", leaves)}
        self.made, self.grads, self.slipped = [], {"L": 1.0}, set()
        for line in steps:
            name, how, number = re.fullmatch(r" +(\w) = (.+?) *= (\S+)", line).groups()
            call = re.fullmatch(r"(\w+)\((\w)\)", how)
            first, symbol, second = (call[2], call[1], "") if call else how.split()
            self.made.append((name, first, symbol, second))
            self.data[name] = float(number)

    def uses(self, node):
        """For each use of a node, the upstream gradient, the local derivative and that of the other operand."""
        for output, first, symbol, second in self.made:
            slopes = self.slopes(first, symbol, second, output)
            for place, operand in enumerate((first, second)):
                if operand == node:
                    yield self.grads[output], slopes[place], slopes[-1 - place]

    def slopes(self, first, symbol, second, output):
        x, y = self.data[first], self.data[output]
        b = self.data[second] if second in self.data else float(second or 0)
        from_output = self.formulas == "output" or (self.formulas == "any" and self.rng.random() < 0.5)
        rules = {
            "+": lambda: (1.0, 1.0),
            "-": lambda: (1.0, -1.0),
            "*": lambda: (y / x, y / b) if from_output else (b, x),
            "/": lambda: (y / x, -y / b) if from_output else (1 / b, -x / b**2),
            "**": lambda: (b * y / x,) if from_output else (b * x ** (b - 1),),
            "exp": lambda: (y,) if from_output else (math.exp(x),),
            "tanh": lambda: (1 - y * y,) if from_output else (1 - math.tanh(x) ** 2,),
            "sigmoid": lambda: (y * (1 - y),) if from_output else (math.exp(-x) / (1 + math.exp(-x)) ** 2,),
            "relu": lambda: (float(x > 0),),
        }
        return rules[symbol]()

    def answer(self, node):
        uses = list(self.uses(node))
        right = sum(upstream * local for upstream, local, _ in uses)
        typed = right if self.digits is None else float(f"{right:.{self.digits}g}")
        if self.is_careless and node not in self.slipped:
            self.slipped.add(node)
            slips = [
                -right,
                sum(local for _, local, _ in uses),
                sum(upstream for upstream, _, _ in uses),
                sum(upstream * other for upstream, _, other in uses),
                sum(upstream + local for upstream, local, _ in uses),
                uses[0][0] * uses[0][1],
                2 * right,
                right * 1.03,
            ]
            slips = [slip for slip in slips if abs(slip - right) > 0.02 * abs(right)]
            self.last = (node, self.rng.choice(slips), True)
        else:
            self.grads[node] = right if self.carries_all else typed
            self.last = (node, typed, False)
        return repr(self.last[1])


LEARNERS = {
    "all digits, from the outputs": ("output", None),
    "all digits, from the inputs": ("input", None),
    "six digits, from either": ("any", 6),
    "five digits, from the outputs": ("output", 5),
    "three digits, from either": ("any", 3),
}


@pytest.mark.parametrize("kind", LEARNERS)
def test_right_numbers_from_the_screen_are_never_refused(kind, monkeypatch, capsys):
    for level in LEVELS:
        for seed in range(5):
            learner = Learner(seed, *LEARNERS[kind], carries_all=seed == 4)
            learner.practise(level, 100 * seed + 21, 10, monkeypatch, capsys)
            assert not learner.refused, f"typed {learner.refused[0][:2]} at\n{learner.refused[0][2]}"
            assert learner.drills == 10
            assert learner.right >= 10


def test_slips_are_refused_and_the_right_number_after_them_is_not(monkeypatch, capsys):
    for level in LEVELS:
        for seed in range(5):
            learner = Learner(seed, "any", 4, is_careless=True)
            learner.practise(level, seed, 10, monkeypatch, capsys)
            assert not learner.undetected, f"typed {learner.undetected[0][:2]} at\n{learner.undetected[0][2]}"
            assert not learner.refused, f"typed {learner.refused[0][:2]} at\n{learner.refused[0][2]}"


def test_number_typed_from_six_shown_digits_is_right_where_the_slope_magnifies_them():
    result = CliRunner().invoke(
        main, ["practice", "--seed", "21", "--level", "4"], input="\n".join(["20.0855", "20.0855*(1-0.986614**2)", "q"])
    )
    assert "tanh(b)   = 0.986614" in result.output
    assert "2 of 2 right at the first try." in result.output


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


def test_answer_is_told_when_asked_for_and_only_then():
    wrong = practise("999.9\n" * 9)
    assert "It is" not in wrong.output
    assert wrong.output.count("show tells the number and goes on.") == 1
    result = practise("999.9\nshow\n")
    assert re.search(r"It is \S+: 1 \* ", result.output)
    assert "0 of 1 right at the first try." in result.output


@pytest.mark.parametrize("level", LEVELS)
def test_each_enter_opens_one_level_of_help_and_none_tells_the_answer(level):
    output = practise("\n" * 5 + "q\n", "--level", str(level)).output
    said = [" ".join(part.split()) for part in re.split(r"\w\.grad = \n", output)[1:]]
    assert "is used in" in said[0]
    assert said[1].startswith("Through ")
    assert "the local derivative is" in said[1]
    assert said[2].startswith("All but the last step, in numbers: ")
    assert said[3] == "That was all the help there is. show tells the number."
    assert "It is" not in output
    assert "Nothing answered yet." in output


@pytest.mark.parametrize("level", LEVELS)
def test_last_help_is_right_where_it_is_typed_in(level):
    rng = random.Random(f"7 {level}")
    for _ in range(40):
        drill = make_drill(rng, level)
        true = gradients(drill.root)
        drill.root.grad = 1.0
        for node in drill.asked:
            (sentence,) = help_with(drill, node)[-1]
            assert evaluate(sentence.partition(".grad = ")[2]) == pytest.approx(true[node], rel=1e-4)
            node.grad = true[node]


def test_drill_is_drawn_with_what_is_filled_in_and_the_file_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr("handgrad.demos.katas.drills.practice.open_outside", opened.append)
    (right,) = answers(7, 2, 1)
    result = practise(f"{right}\ndraw\n", "--level", "2")
    picture = tmp_path / "out" / "drill.svg"
    assert f"The graph: {picture}" in result.output
    assert opened == [picture]
    assert "?" in picture.read_text(encoding="utf-8")
    start(tmp_path / "ws", Course())
    monkeypatch.chdir(tmp_path / "ws")
    assert f"The graph: {tmp_path / 'ws' / '.handgrad' / 'drill.svg'}" in practise("draw\n").output


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
