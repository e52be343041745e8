"""The parts of a worksheet: what each asks a function for, and how that is judged."""

import pytest

from handgrad import Status
from handgrad.demos.worksheets.parts import ClosedForm, EveryStep, Outcome, Training
from tests.demos.worksheets.small import small_exercise, worksheet

STEPS = "def steps(x):\n    dy = 1.0 + 0.0 * x.y\n    da = dy * x.b\n    db = dy * x.a\n    return locals()\n"


@pytest.fixture
def judged(tmp_path):
    """The comparison and the problem of a part, on some text: judged(part, text)."""
    return lambda part, text: part.judge(worksheet(tmp_path, text), small_exercise())


def test_every_step_is_read_by_the_names_of_the_functions_variables(judged):
    comparison, problem = judged(EveryStep("t", "steps"), STEPS)
    assert comparison.ok
    assert problem == ""
    comparison, _ = judged(EveryStep("t", "steps"), STEPS.replace("da = dy * x.b", "da = None"))
    assert [result.name for result in comparison.missing] == ["a"]


def test_without_the_function_every_step_is_missing_and_that_is_said(judged):
    comparison, problem = judged(EveryStep("t", "steps"), "")
    assert {result.status for result in comparison.arrays} == {Status.MISSING}
    assert problem == "The worksheet lacks the function of this part."


def test_a_step_that_breaks_off_leaves_those_before_it_and_says_where(judged):
    comparison, problem = judged(EveryStep("t", "steps"), STEPS.replace("db = dy", "1 / 0\n    db = dy"))
    assert {result.name: result.status for result in comparison.arrays} == {
        "y": Status.CORRECT, "a": Status.CORRECT, "b": Status.MISSING,
    }  # fmt: skip
    assert problem == "line 4: ZeroDivisionError: division by zero"


def test_in_one_go_the_upstream_gradient_is_the_true_one_whatever_else_is_wrong(judged):
    text = "def go(x, dy):\n    dy *= 1.0\n    return dy * x.b\n"
    comparison, problem = judged(ClosedForm("t", "go", "a", given="y"), text)
    assert comparison.ok
    assert problem == ""
    alone, _ = judged(ClosedForm("t", "go", "a"), "def go(x):\n    return x.b\n")
    assert [result.name for result in alone.arrays] == ["a"]
    assert alone.arrays[0].status is not Status.MISSING


@pytest.mark.parametrize(
    ("text", "said"), [("", "lacks the function"), ("def go(x, dy): return x.c", "no attribute 'c'")]
)
def test_a_part_that_gives_nothing_is_missing_and_says_why(text, said, judged):
    comparison, problem = judged(ClosedForm("t", "go", "a", given="y"), text)
    assert {result.status for result in comparison.arrays} == {Status.MISSING}
    assert said in problem


def test_training_asks_for_the_parameters_and_then_trains_with_the_function_itself(judged, tmp_path):
    part = Training("t", "back", ("a", "b"), lambda function, steps: f"{function(3)} after {steps}")
    text = "def back(x):\n    return {'a': x.b, 'b': x.a} if x != 3 else 'trained'\n"
    comparison, problem = judged(part, text)
    assert [result.name for result in comparison.arrays] == ["a", "b"]
    assert problem == ""
    assert part.train(worksheet(tmp_path, text).module, 7) == "trained after 7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The worksheet lacks the function of this part."),
        ("def back(x):\n    a = x.b\n    return {'a': a, 'b': x.c}\n", "no attribute 'c'"),
    ],
)
def test_training_that_breaks_off_has_no_gradients_yet_and_says_why(text, said, judged):
    comparison, problem = judged(Training("t", "back", ("a", "b"), None), text)
    assert {result.status for result in comparison.arrays} == {Status.MISSING}
    assert said in problem
    assert "dict" not in problem


def test_what_is_no_dict_of_gradients_is_said(judged):
    _, problem = judged(Training("t", "back", ("a", "b"), None), "def back(x): return [x.b, x.a]")
    assert problem == "The function of this part returned a list, not a dict of gradients."


def test_a_part_is_right_only_where_it_ran_to_its_end(judged):
    comparison, _ = judged(EveryStep("t", "steps"), STEPS)
    assert Outcome(1, "t", comparison, "").is_right
    assert not Outcome(1, "t", comparison, "line 3: it broke off").is_right
    wrong, _ = judged(EveryStep("t", "steps"), STEPS.replace("dy * x.b", "-dy * x.b"))
    assert not Outcome(1, "t", wrong, "").is_right
