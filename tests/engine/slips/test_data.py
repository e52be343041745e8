"""What people write for upstream gradient times local derivative."""

from __future__ import annotations

import math
from typing import Any

import pytest

from handgrad import Value, compare, gradients, label, manual
from handgrad.arrays import array

from .slipped import slip_after, slip_of


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (lambda t, g: 1.0 - t**2 * g, "1 - t**2*upstream"),
        (lambda t, g: (1.0 - t * 2.0) * g, "1 - t*2"),
        (lambda t, g: (1.0 - t * t) + g, "you added the upstream gradient"),
        (lambda t, g: t, "that is t.data"),
    ],
)
def test_a_lost_bracket_a_sum_and_data_taken_for_a_gradient_are_named(number: Any, words: str) -> None:
    t = math.tanh(0.37)
    slip = slip_after(lambda n: label(label(n["x"].tanh(), "t") * 1.7, "y"), "x", number(t, 1.7), x=0.37)
    assert words in slip.message


@pytest.mark.parametrize(
    "number",
    [lambda x, g: (3.0 * x**3 - 1.0) * g, lambda x, g: 3.0 * x**3 - g, lambda x, g: g * 3.0 * x**3 - 1.0],
    ids=["n*x**n-1", "n*x**n-1*g", "g*n*x**n-1"],
)
def test_an_exponent_without_its_brackets_is_named(number: Any) -> None:
    slip = slip_after(lambda n: label((n["x"] ** 3) * 1.7, "y"), "x", number(0.83, 1.7), x=0.83)
    assert "3*x**3-1" in slip.message


def test_a_quotient_whose_square_lost_its_brackets_is_named() -> None:
    for number, words in ((-1.3 / 2.7 * 2.0, "-p/q*2"), (-1.3, "-p/q*q")):
        slip = slip_after(lambda n: label((n["p"] / n["q"]) * 1.7, "y"), "q", number * 1.7, p=1.3, q=2.7)
        assert words in slip.message


@pytest.mark.parametrize("data", [1.0, -1.0, 0.0])
def test_a_number_that_stands_everywhere_is_not_taken_for_data(data: float) -> None:
    with manual():
        x, y = Value(data, "x"), Value(0.37, "y")
        root = label((x * 1.9 + y).tanh() * 2.3, "root")
    for node, gradient in gradients(root).items():
        node.grad = gradient
    x.grad = data
    slip = compare(root)[x].slip
    assert slip is None or ".data" not in slip.message


def test_the_data_of_a_constant_are_not_told_as_data() -> None:
    slip = slip_after(lambda n: label((n["x"] * 1.9 + 0.43).tanh() * 2.3, "y"), "x", 0.43, x=0.3)
    assert slip is None or ".data" not in slip.message


def test_the_data_of_the_node_its_consumer_and_what_stands_beside_it_are_told() -> None:
    def build(n: dict[str, Value]) -> Value:
        return label(label(n["x"] * n["w"], "u").tanh() * 2.3, "y")

    for number, name in ((0.3, "x"), (0.3 * 1.7, "u")):
        message = slip_after(build, "x", number, x=0.3, w=1.7).message
        assert message == f"x: that is {name}.data, a number of the forward pass. Which gradient arrives here?"
    beside = slip_after(lambda n: label(n["x"].maximum(n["w"]) * 2.3, "y"), "x", 1.7, x=2.7, w=1.7)
    assert "that is w.data" in beside.message


def test_what_gives_anything_is_told_only_where_nothing_else_gives_the_number() -> None:
    # 1.3 is the data of y, and the local derivative without its upstream gradient.
    slip = slip_of(1.3, lambda x, y: (x * y) * 2.7, y=1.3)
    assert (slip.kind, slip.also) == ("forgot-upstream", ())
    # The data of a node two steps off is nothing else here.
    with manual():
        x, y = Value(0.7, "x"), Value(-1.3, "y")
        root = (x * y + 5.0).tanh() * 2.0
        root.label = "root"
    for node in compare(root):
        node.node.grad = node.expected
    x.grad = -1.3 * 0.7
    assert "(x*y).data" in compare(root)[x].slip.message


LECTURE = {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}


def lecture(n: dict[str, Value]) -> Value:
    return label(label(label(n["a"] * n["b"], "e") + n["c"], "d") * n["f"], "L")


@pytest.mark.parametrize(
    ("wrong", "number", "words"),
    [
        ("a", -2.0 * -4.0, "that is computed from the gradient of b, where its data belong."),
        ("a", -6.0 * -3.0, "you used the data of e where its gradient belongs."),
        (
            "c",
            4.0,
            "you used the data of d, or another gradient that is the same number, where the gradient of d belongs.",
        ),
    ],
)
def test_data_and_gradient_of_a_factor_that_are_exchanged_are_named(wrong, number, words):
    slip = slip_after(lecture, wrong, number, **LECTURE)
    assert slip.kind == "rule"
    assert slip.message == f"{wrong}: {words}"


def test_the_gradient_of_what_comes_out_in_its_own_rule_is_named():
    slip = slip_after(lambda n: label(label(n["x"].tanh(), "t") * 1.3, "y"), "x", (1.0 - 1.3**2) * 1.3, x=0.7)
    assert slip.message == "x: that is computed from the gradient of t, where its data belong."


def test_a_wrong_gradient_below_the_only_entry_of_an_array_is_judged():
    with manual():
        hidden = label(array([2.0]).tanh(), "h")
        picked = label(hidden[0], "picked")
        loss = label(-picked, "loss")
    loss.grad, picked.grad, hidden.grad = 1.0, -0.1, [0.3]
    comparison = compare(loss, nodes=[loss, picked, hidden])
    assert "Fix first: h, picked" in str(comparison)


def test_the_loss_itself_in_the_place_of_a_gradient_is_named():
    slip = slip_after(lambda n: label(((n["x"] - 0.37) ** 2 + n["y"] ** 2) / 2.0, "L"), "x", 4.17925, x=2.6, y=1.84)
    assert slip.message == "x: that is L.data, a number of the forward pass. Which gradient arrives here?"


def test_of_two_factors_data_in_the_place_of_gradients_may_be_the_gradients_exchanged():
    with manual():
        u = Value(1.7, "u")
        p, q = label(u.tanh(), "p"), label(u**3, "q")
        root = label(p * q, "L")
    for node, right in gradients(root).items():
        node.grad = right
    u.grad = q.grad * (1.0 - p.data**2) + p.grad * 3.0 * u.data**2
    assert "u: you have exchanged the gradients of what it is used in, or used data" in compare(root)[u].slip.message
