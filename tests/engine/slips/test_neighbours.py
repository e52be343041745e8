"""Another node taken for the one that is meant, in a graph of numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from handgrad import Value, compare, gradients, label, manual
from handgrad.graph import topological_order

from .slipped import slip_after

LEAVES = {"x1": 2.3, "w1": -1.7, "x2": 0.6, "w2": 1.1}


def neuron(n: dict[str, Value]) -> Value:
    """w1*x1 + w2*x2 through a tanh, whose slope is the gradient of the sum."""
    return label(label(label(n["w1"] * n["x1"], "p1") + label(n["w2"] * n["x2"], "p2"), "o").tanh(), "y")


def slope() -> float:
    return 1.0 - math.tanh(-1.7 * 2.3 + 1.1 * 0.6) ** 2


def test_the_gradient_of_another_node_is_named_by_its_name():
    slip = slip_after(neuron, "w2", slope() * 2.3, **LEAVES)
    assert slip.kind == "wrong-upstream"
    assert slip.message == "w2: that is the gradient of w1. What does w2 go into?"


def test_a_neighbours_data_in_a_rule_are_named():
    def build(n: dict[str, Value]) -> Value:
        return label(label(n["w1"] * n["x1"], "p1") * 3.1 + label(n["w2"] * n["x2"], "p2") * 1.9, "y")

    slip = slip_after(build, "w2", 1.9 * 2.3, **LEAVES)
    assert slip.kind == "rule"
    assert slip.message == "w2: that is computed from x1. Is it x1 that stands in p2, or x2?"


def test_a_number_is_not_told_as_that_of_a_node_that_has_it_from_there():
    with manual():
        a, b, f = Value(2.3, "a"), Value(-1.7, "b"), Value(0.6, "f")
        y = label(label(a + b, "s") * f, "y")
    s = y.operands[0]
    y.grad, f.grad = 1.0, s.data
    s.grad = a.grad = b.grad = 5.4321
    assert "no usual mistake" in compare(y)[s].note


def test_two_nodes_that_hold_one_wrong_number_are_no_copies_of_each_other():
    with manual():
        a, b, f = Value(2.3, "a"), Value(-1.7, "b"), Value(0.6, "f")
        y = label(label(a + b, "s") * f, "y")
    y.grad, f.grad, y.operands[0].grad = 1.0, y.operands[0].data, f.data
    a.grad = b.grad = 5.4321
    comparison = compare(y)
    assert comparison[a].slip is None
    assert comparison[b].slip is None


def test_another_gradient_at_a_use_is_told_of_one_number():
    def build(n: dict[str, Value]) -> Value:
        return label(label(n["w1"] * n["x1"], "p1") * 3.1 + label(n["w2"] * n["x2"], "p2") * 1.9, "y")

    slip = slip_after(build, "w2", 3.1 * 0.6, **LEAVES)
    assert slip.message == "w2: that is computed from the gradient of p1. What does w2 go into first?"


@pytest.mark.parametrize("digits", [3, 4])
def test_what_is_only_near_to_a_neighbours_number_is_not_told(digits):
    slip = slip_after(neuron, "w2", round(slope() * 2.3 * 1.005, digits), **LEAVES)
    assert slip is None or "w1" not in slip.message


def test_a_plain_number_is_the_gradient_of_many_nodes_and_said_of_none():
    def build(n: dict[str, Value]) -> Value:
        return label(label(n["a"] + n["b"], "s") + label(n["c"] * 3.7, "u"), "y")

    slip = slip_after(build, "c", 1.0, a=0.3, b=0.7, c=2.9)
    assert slip is None or "gradient of a" not in slip.message


def test_a_neighbour_of_another_index_is_named_though_the_number_has_three_digits():
    slip = slip_after(neuron, "w2", float(f"{slope() * 2.3:.3g}"), **LEAVES)
    assert "Either that is the gradient of w1. What does w2 go into? Or that is computed from x1." in slip.message


def test_of_what_has_another_name_three_digits_say_nothing():
    number = float(f"{slope() * 1.1 * 1.0003:.3g}") * 1.7
    slip = slip_after(neuron, "w1", number, **LEAVES)
    assert slip is None or "the gradient of" not in slip.message


def _rounded_elsewhere(written: float, slope: float) -> Any:
    """What is told at p, whose gradient is `slope`, where u's stands rounded to two decimals."""
    with manual():
        u, v, p, q = Value(1.1, "u"), Value(0.347, "v"), Value(1.7, "p"), Value(slope, "q")
        root = label(label(u * v, "s") + label(p * q, "t"), "L")
    for node in topological_order(root):
        node.grad = 1.0
    u.grad, v.grad, p.grad, q.grad = 0.35, 1.1, written, 1.7
    return compare(root)[p].slip


def test_two_digits_are_a_neighbours_gradient_where_few_numbers_are_as_near():
    assert "that is the gradient of u" in _rounded_elsewhere(0.35, 0.123).message


def test_of_two_digits_it_is_said_what_else_is_as_near():
    assert "Or that is the gradient of u." in _rounded_elsewhere(0.35, -0.3482).message
    assert "Or that is the gradient of u." in _rounded_elsewhere(0.35, 0.174).message
    assert " Or " not in _rounded_elsewhere(0.35, -0.35).message


def test_one_digit_of_two_decimals_says_nothing_of_the_mistake():
    assert _rounded_elsewhere(0.06, 0.0302) is None
    assert _rounded_elsewhere(0.0604, 0.0302).kind == "double"


def test_a_gradient_that_follows_from_a_wrong_one_beside_it_is_no_neighbour_of_it():
    with manual():
        s = [Value(0.0, "s0"), Value(-1.3, "s1")]
        e = [label(each.exp(), f"e{at}") for at, each in enumerate(s)]
        total = label(e[0] + e[1], "total")
        root = label(total.log() * 1.7, "L")
    true = gradients(root)
    for node, gradient in true.items():
        node.grad = gradient
    for each, exp in zip(s, e):
        exp.grad = total.grad / total.data
        each.grad = exp.data * exp.grad
    assert not any("gradient of s0" in str(cause.slip) for cause in compare(root).causes)


def test_of_numbers_a_slope_at_another_result_of_that_name_is_told():
    with manual():
        u1, u2 = Value(0.4, "u1"), Value(-0.9, "u2")
        h1, h2 = label(u1.tanh(), "h1"), label(u2.tanh(), "h2")
        root = label(h1 * h2 * h2 - h1, "L")
    for node, right in gradients(root).items():
        node.grad = right
    u1.grad = (1.0 - h2.data**2) * h1.grad
    assert "the slope of 'tanh' in h1 is computed from h2" in compare(root)[u1].slip.message
