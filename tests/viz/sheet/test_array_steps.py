"""What is said of a step between arrays: close to what one types for it in NumPy."""

import numpy as np
import pytest

from handgrad import Value, label, manual
from handgrad.arrays import array
from handgrad.names import Names
from handgrad.viz.sheet.array_steps import say_contribution, show_numbers
from handgrad.viz.sheet.steps import backward_steps
from handgrad.viz.sheet.words import Words

from .asking import ask, sheet_of


@pytest.mark.parametrize(
    ("rule", "make", "said"),
    [
        ("@", lambda x, W, b: x @ W, "x gets y.grad @ W.T. Its shape is (3, 4)."),
        (
            "+",
            lambda x, W, b: x @ W + b,
            "b gets y.grad \u00d7 1, summed over what was broadcast. Its shape is (2,)",
        ),
        ("sum", lambda x, W, b: x.sum(0) + 0.0 * b[0], "x gets sum(x).grad \u00d7 1, for each entry"),
        ("index", lambda x, W, b: x[:, 1:3], "x gets y.grad, put where the entries were taken from; the others get 0."),
        ("tanh", lambda x, W, b: np.tanh(x), "x gets y.grad \u00d7 (1 - tanh(x)^2). Its shape is (3, 4)."),
    ],
)
def test_a_step_between_arrays_is_told_as_one_types_it(rule, make, said):
    rng = np.random.default_rng(1)
    with manual():
        x, W, b = array(rng.normal(size=(3, 4)), "x"), array(rng.normal(size=(4, 2)), "W"), array([1.5, 2.5], "b")
        y = label(make(x, W, b), "y")
        L = (y * y).sum()
    L.label = "L"
    told = [step["say"] for step in ask(sheet_of(L), "steps")["steps"]]
    assert [sentence for sentence in told if sentence.startswith(said)], told


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda x: x[:, 1:3], "y.grad, put where the entries were taken from; the others get 0"),
        (lambda x: x.reshape(4, 3), "y.grad, in the shape of before"),
        (lambda x: x.T, "y.grad, transposed back"),
        (lambda x: np.concatenate([x, x]), "y.grad, of it the part that came from here"),
        (lambda x: np.stack([x, x]), "y.grad, of it the part that came from here"),
        (lambda x: np.where(x.data > 0, x, 0.0), "y.grad, where it was taken from here; the others get 0"),
        (lambda x: x.sum(axis=1), "y.grad \u00d7 1, for each entry that it was made from"),
        (lambda x: -x, "y.grad \u00d7 (-1)"),
    ],
)  # fmt: skip
def test_what_is_passed_back_is_said_in_the_upstream_gradient(make, said):
    with manual():
        x = array(np.arange(1.0, 13.0).reshape(3, 4), "x")
        y = label(make(x), "y")
    words = Words(y, Names(y))
    assert say_contribution(x, y, words.rule(y, 0), "y") == said


def test_an_expression_stands_in_brackets_before_its_gradient():
    with manual():
        x = array([1.0, 2.0], "x")
        y = -x
    assert say_contribution(x, y, "-1", "-x") == "(-x).grad \u00d7 (-1)"


def test_an_operation_without_a_rule_is_named():
    with manual():
        x = array([1.0, 2.0], "x")
        y = label(x * 1.0, "y")
    assert say_contribution(x, y, "", "y") == "y.grad, by the rule of '*'"


def steps_into(x, L):
    return [step for step in backward_steps(L, {x}) if step.operand is x]


def test_a_contribution_of_up_to_six_entries_is_shown_and_a_larger_one_by_its_shape():
    with manual():
        small, large = array(np.ones((2, 3)), "small"), array(np.ones(7), "large")
        L = (small * 2.0).sum() + (large * 3.0).sum()
    assert show_numbers(*steps_into(small, L)) == "Its shape is (2, 3): [[2, 2, 2], [2, 2, 2]]."
    assert show_numbers(*steps_into(large, L)) == "Its shape is (7,)."


def test_the_contribution_to_a_number_is_a_number():
    with manual():
        s, x = Value(2.0, "s"), array([1.0, 3.0], "x")
        L = (x * s).sum()
    assert show_numbers(*steps_into(s, L)) == "It is 4."


def test_of_an_array_used_more_than_once_the_sum_so_far_is_told_where_it_is_small():
    with manual():
        small, large = array([1.0, 2.0], "small"), array(np.ones(7), "large")
        L = (small * small).sum() + (large * large).sum()
    assert [show_numbers(step) for step in steps_into(small, L)] == [
        "Its shape is (2,): [1, 2]. Use 1 of 2: the sum so far is [1, 2].",
        "Its shape is (2,): [1, 2]. Use 2 of 2: the sum so far is [2, 4].",
    ]
    assert show_numbers(steps_into(large, L)[1]) == "Its shape is (7,). Use 2 of 2: contributions add up."


def test_an_array_without_entries_is_its_shape():
    with manual():
        nothing = array(np.zeros((0, 3)), "nothing")
        L = nothing.sum() + Value(1.0, "a")
    assert show_numbers(*steps_into(nothing, L)) == "Its shape is (0, 3)."
