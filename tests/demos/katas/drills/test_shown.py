"""What the numbers on the screen determine: right answers of somebody who has nothing else."""

import math
import random
import re

import pytest
from click.testing import CliRunner

from handgrad import Value
from handgrad.demos.cli import main
from handgrad.demos.katas.drills.drill import LEVELS
from handgrad.demos.katas.drills.practice import run_practice
from handgrad.demos.katas.drills.shown import WAYS, is_right
from handgrad.local import local_derivatives


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


@pytest.mark.drawn(2)
@pytest.mark.parametrize("kind", LEARNERS)
def test_right_numbers_from_the_screen_are_never_refused(kind, monkeypatch, capsys):
    for level in LEVELS:
        for seed in range(5):
            learner = Learner(seed, *LEARNERS[kind], carries_all=seed == 4)
            learner.practise(level, 100 * seed + 21, 10, monkeypatch, capsys)
            assert not learner.refused, f"typed {learner.refused[0][:2]} at\n{learner.refused[0][2]}"
            assert learner.drills == 10
            assert learner.right >= 10


@pytest.mark.rest
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


@pytest.mark.parametrize("number", [3.0, -1.5])
def test_with_all_digits_every_formula_gives_the_same_local_derivative(number):
    a, b = Value(number), Value(-0.75)
    nodes = [a + b, a - b, a * b, a / b, a**2, a**3, a.exp(), a.tanh(), a.sigmoid(), a.relu()]
    assert {node.op.name for node in nodes} == set(WAYS)
    for node in nodes:
        operands = [operand.data for operand in node.operands]
        asked = [local for local, one in zip(local_derivatives(node), node.operands) if not one.is_constant]
        for way in WAYS[node.op.name]:
            assert list(way(*operands, node.data)) == pytest.approx(asked), node.op.name


@pytest.mark.parametrize(
    ("number", "truth", "slack", "right"),
    [
        (0.333, 1 / 3, 0.0, True),
        (0.334, 1 / 3, 0.0, False),
        (0.3345, 1 / 3, 0.002, True),
        (0.25, 0.25 * (1 + 1e-13), 0.0, True),
        (0.0, 0.0, 0.0, True),
        (0.0, 1e-4, 1e-4, True),
        (0.0, 2e-4, 1e-4, False),
    ],
)
def test_right_is_what_rounds_to_something_within_the_slack_and_0_stands_for_nothing_else(number, truth, slack, right):
    assert is_right(number, truth, slack) == right
