"""Help with a gradient, a level at a time."""

import random
import re

import pytest

from handgrad import gradients
from handgrad.demos.katas.drills.drill import LEVELS, make_drill
from handgrad.demos.katas.drills.help import factor, help_with
from handgrad.viz.sheet.expression import evaluate
from handgrad.viz.sheet.known import Known
from tests.demos.katas.drills.practising import practise


@pytest.mark.parametrize("level", LEVELS)
def test_each_enter_opens_one_level_of_help_and_none_tells_the_answer(level):
    output = practise("\n" * 5 + "q\n", "--level", str(level)).output
    said = [" ".join(part.split()) for part in re.split(r"\w\.grad = \n", output)[1:]]
    assert "is used in" in said[0]
    assert said[1].startswith("Through ")
    assert "the local derivative is" in said[1]
    assert said[2].startswith("All but the last step, in numbers: ")
    assert said[3] == "That was all the help there is. show shows the number."
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
            assert evaluate(sentence.partition(".grad = ")[2], Known({})) == pytest.approx(true[node], rel=1e-4)
            node.grad = true[node]


def test_only_what_could_be_misread_as_a_factor_is_in_brackets():
    assert [factor(text) for text in ("2.5", "3", "1 - 0.5", "-2")] == ["2.5", "3", "(1 - 0.5)", "(-2)"]
