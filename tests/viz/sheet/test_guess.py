"""A contribution said before it is shown, judged by the comparator."""

import numpy as np
import pytest

from handgrad import Value, label, manual
from handgrad.arrays import array
from handgrad.graph import topological_order
from handgrad.viz.sheet import guess
from tests.graphs import random_graph

from ..graphs import lecture
from .asking import ask, sheet_of
from .layer import layer, told_down_to


@pytest.mark.parametrize(
    ("text", "words"),
    [("2", "sign"), ("1", "through unchanged"), ("0.17", "no usual mistake")],
)
def test_a_guess_that_is_off_is_answered_with_its_slip(text, words):
    reply = ask(sheet_of(lecture()), "predict", step=0, text=text)
    assert (reply["type"], reply["right"]) == ("predicted", False)
    assert words in reply["slip"]
    assert "told" not in reply


def test_a_right_guess_is_told_the_step():
    reply = ask(sheet_of(lecture()), "predict", step=0, text="L.grad * f")
    assert (reply["right"], reply["slip"], reply["told"]["contribution"]) == (True, None, -2.0)


@pytest.mark.drawn(3)
@pytest.mark.parametrize("seed", range(12))
def test_the_true_contribution_is_a_right_guess_and_its_half_is_not(seed):
    root = random_graph(seed, leaves=3, steps=10)
    sheet, told = sheet_of(root), sheet_of(root)
    for place, step in enumerate(ask(told, "steps")["steps"]):
        assert ask(sheet, "predict", step=place, text=repr(step["contribution"]))["right"]
        if step["contribution"]:
            assert not ask(sheet, "predict", step=place, text=repr(0.5 * step["contribution"]))["right"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x.T @ dy", None),
        ("x.T @ (dy * 1.0000004)", None),
        ("-(x.T @ dy)", "wrong sign"),
        ("2 * (x.T @ dy)", "counted twice"),
        ("0.37 * W + 1", "no usual mistake"),
    ],
)
def test_a_guessed_array_is_judged_by_the_comparator(text, said):
    *_, L = layer()
    sheet = sheet_of(L)
    reply = ask(sheet, "predict", step=told_down_to(sheet, "W"), text=text)
    assert reply["type"] == "predicted"
    assert reply["right"] is (said is None)
    assert said is None or said in reply["slip"]


def test_a_guess_rounded_by_a_person_is_right():
    with manual():
        x = array([1.2345678], "x")
        L = (x * 0.7654321).sum()
    L.label = "L"
    sheet = sheet_of(L)
    place = told_down_to(sheet, "x")
    assert ask(sheet, "predict", step=place, text="0.765 * (x / x)")["right"]
    assert not ask(sheet, "predict", step=place, text="0.77 * (x / x)")["right"]


def test_a_guess_behind_a_mask_is_judged_too():
    with manual():
        s = array([[1.0, 2.0], [3.0, 4.0]], "s")
        masked = label(np.where(np.array([[True, False], [True, True]]), s, -np.inf), "masked")
        p = label(np.exp(masked), "p")
        L = (p * p).sum()
    L.label = "L"
    sheet = sheet_of(L)
    place = told_down_to(sheet, "masked")
    assert ask(sheet, "predict", step=place, text="dp * p")["right"]
    assert not ask(sheet, "predict", step=place, text="dp")["right"]


@pytest.mark.parametrize("seed", range(6))
def test_each_true_contribution_is_a_right_guess(seed):
    rng = np.random.default_rng(seed)
    with manual():
        x, W = array(rng.normal(size=(3, 4)), "x"), array(rng.normal(size=(4, 2)), "W")
        h = label(np.tanh(x @ W), "h")
        d = label(h - h.mean(0, keepdims=True), "d")
        L = (d * d * h[:, :1]).sum()
    L.label = "L"
    sheet = sheet_of(L)
    for step in sheet.walk.steps:
        assert guess.judge(step, step.contribution, sheet.words) == (True, None)
        is_right, slip = guess.judge(step, step.contribution * 1.5 + 0.25, sheet.words)
        assert not is_right
        assert slip.startswith(f"{sheet.words.name(step.operand)}: ")


def judged(L, operand, number):
    """The answer to a number guessed for the first step into a node."""
    sheet = sheet_of(L)
    return ask(sheet, "predict", step=told_down_to(sheet, operand), text=repr(number))


def test_the_slip_of_a_guess_is_that_of_the_use_in_question():
    with manual():
        a = Value(3.0, "a")
        b = label(a * 2.0, "b")
        L = label(b * a, "L")
    # The first step into a is that of L: L.grad * b = 6, and not the whole gradient of a, 12.
    assert judged(L, "a", 6.0)["right"]
    assert "sign" in judged(L, "a", -6.0)["slip"]
    assert not judged(L, "a", 12.0)["right"]


def test_of_an_operand_used_twice_by_one_operation_each_use_is_guessed_alone():
    with manual():
        a = Value(3.0, "a")
        L = label(a * a, "L")
    sheet = sheet_of(L)
    assert [ask(sheet, "predict", step=place, text="3")["right"] for place in (0, 1)] == [True, True]
    assert not ask(sheet, "predict", step=0, text="6")["right"]


def test_a_guess_beside_a_constant_is_judged():
    with manual():
        L = label(Value(3.0, "a") * 2.5, "L")
    assert judged(L, "a", 2.5)["right"]
    assert not judged(L, "a", 3.0)["right"]


def test_a_guess_that_no_usual_mistake_explains_asks_for_both_factors():
    L = lecture()
    assert judged(L, "a", 0.17)["slip"] == (
        "a: no usual mistake gives this number. It is the upstream gradient, e.grad, times the local derivative, "
        "de/da. What is each of the two?"
    )


def test_a_guess_off_by_a_factor_is_not_told_of_other_uses():
    # Of one use alone there is nothing that could have been added up too often.
    assert "no usual mistake" in judged(lecture(), "d", -2.0 / 3.0)["slip"]
    assert "too often" not in judged(lecture(), "d", -6.0)["slip"]


def test_a_guessed_array_that_nothing_explains_is_told_that_its_shape_fits():
    *_, L = layer()
    sheet = sheet_of(L)
    reply = ask(sheet, "predict", step=told_down_to(sheet, "W"), text="0.37 * W + 1")
    assert reply["slip"] == (
        "W: the shape fits, but no usual mistake gives these numbers. The contribution is the upstream gradient, "
        "y.grad, times the local derivative, dy/dW. What is each of the two?"
    )


def test_no_guess_changes_a_node():
    L = lecture()
    judged(L, "a", 6.0)
    assert all(node.grad is None for node in topological_order(L))
