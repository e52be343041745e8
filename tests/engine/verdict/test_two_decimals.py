"""Two decimals are too few to be sure, and are told so; what follows from them is judged as from a right number."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Comparison, Status, Value, compare, gradients, label, manual
from handgrad.arrays import array
from tests.graphs import random_graph

SAID = " rounded to too few decimals: right so far; give three digits."


def chain(**written: float | None) -> Comparison:
    with manual():
        x = Value(0.7, "x")
        u = label(x.tanh(), "u")
        v = label(u * 0.37, "v")
        L = label(v.sigmoid(), "L")
    right = gradients(L)
    for node in (L, v, u, x):
        node.grad = written.get(node.label, right[node])
    return compare(L)


def test_it_is_told_and_marked_and_no_slip() -> None:
    comparison = chain(u=0.09)
    (result,) = comparison.rounded
    assert (result.name, result.rounded, result.status, result.slip) == ("u", True, Status.WRONG, None)
    assert result.note == f"that is the gradient of u{SAID}"
    assert result.to_dict()["rounded"] is True
    assert not comparison.ok


def test_what_follows_from_it_is_right_and_not_carried() -> None:
    local = 1.0 - np.tanh(0.7) ** 2
    for x in (0.09 * local, round(0.09 * local, 3)):
        comparison = chain(u=0.09, x=float(x))
        assert [(result.name, result.status) for result in comparison.wrong] == [("u", Status.WRONG)]
    assert [result.name for result in chain(u=0.09, x=0.09 * 2.0).causes] == ["u", "x"]
    assert [result.name for result in chain(u=0.09, x=0.09 * 2.0).rounded] == ["u"]


def test_who_rounds_and_goes_on_from_that_is_told_the_same_of_each() -> None:
    assert [result.name for result in chain(v=0.25, u=0.09, x=0.06).rounded] == ["v", "u", "x"]


@pytest.mark.parametrize("wrong", [-0.09, 0.08, 0.1, 0.0, 0.9, 0.091111, 1.0])
def test_no_other_number_passes_for_it(wrong: float) -> None:
    assert not chain(u=wrong).rounded


@pytest.mark.parametrize(("y_grad", "names"), [(0.9004471023526769, []), (0.9, []), (0.88, []), (0.45, [])])
def test_a_plain_number_near_the_right_one_is_no_rounding(y_grad: float, names: list[str]) -> None:
    """The slope of tanh is nearly 1 here: who forgets it writes 1.0."""
    with manual():
        y, x = Value(0.45, "y"), Value(0.05, "x")
        L = label(x.tanh() + y.sin(), "L")
    L.grad, y.grad, x.grad = 1.0, y_grad, 1.0
    assert [result.name for result in compare(L, nodes=[L, y, x]).rounded] == names


def test_it_is_one_where_others_are() -> None:
    with manual():
        y, x = Value(1.2, "y"), Value(0.05, "x")
        L = label(x.tanh() + y.sin(), "L")
    L.grad, y.grad, x.grad = 1.0, 0.36, 1.0
    assert [result.name for result in compare(L, nodes=[L, y, x]).rounded] == ["y", "x"]


def test_a_number_whose_second_decimal_is_a_0_is_one_where_others_show_two() -> None:
    with manual():
        x = Value(0.7, "x")
        u = label(x.tanh(), "u")
        L = label(u * 0.198, "L")
    L.grad, u.grad, x.grad = 1.0, 0.2, 0.13
    assert [result.name for result in compare(L, nodes=[L, u, x]).rounded] == ["u", "x"]


@pytest.mark.parametrize("as_array", [False, True], ids=["numbers", "arrays"])
@pytest.mark.parametrize(("d_grad", "is_told"), [(0.56, True), (1.0, True), (-0.5601, False)])
def test_a_number_of_one_decimal_is_one_where_nothing_shows_more_than_two(
    d_grad: float, is_told: bool, as_array: bool
) -> None:
    with manual():
        d, f = (array([value], name) if as_array else Value(value, name) for value, name in ((0.302, "d"), (-0.5, "f")))
        L = label((d * f).sum() if as_array else d * f, "L")
    L.grad = 1.0
    d.grad, f.grad = (np.array([one]) if as_array else one for one in (d_grad, 0.3))
    assert [(cause.name, cause.rounded) for cause in compare(L).causes] == [("f", is_told), ("d", False)]


def test_after_a_mistake_two_decimals_follow_from_it_where_others_have_two() -> None:
    with manual():
        x, y = Value(0.7, "x"), Value(1.2, "y")
        u = label(x.tanh(), "u")
        L = label(u * 0.37 + y.sin(), "L")
    L.grad, u.grad, x.grad, y.grad = 1.0, -0.37, -0.23, 0.36
    assert [(result.name, result.status.value) for result in compare(L).wrong] == [
        ("y", "wrong"), ("u", "wrong"), ("x", "carried"),
    ]  # fmt: skip
    y.grad = 0.3623577
    assert [result.name for result in compare(L).causes] == ["u", "x"]


@pytest.mark.parametrize("seed", range(12))
def test_a_graph_of_arrays_rounded_to_two_decimals_is_told_so_throughout(seed: int) -> None:
    rng = np.random.default_rng(seed)
    with manual():
        W, b = array(rng.normal(size=(3, 4)), "W"), array(rng.normal(size=(4,)), "b")
        h = label(rng.normal(size=(5, 3)) @ W + b, "h")
        a = label(h.tanh(), "a")
        loss = (a**2).mean()
    for node, gradient in gradients(loss).items():
        if node.label:
            node.grad = np.round(gradient, 2)
    comparison = compare(loss)
    assert comparison.causes
    assert all(result.rounded for result in comparison.causes)
    h.grad = -h.grad
    assert not compare(loss)[h].rounded


@pytest.mark.parametrize("seed", range(40))
def test_a_graph_of_numbers_rounded_to_two_decimals_never_ends_in_no_usual_mistake(seed: int) -> None:
    with manual():
        root = random_graph(seed, leaves=3, steps=4)
    for node, gradient in gradients(root).items():
        node.grad = round(gradient, 2)
    comparison = compare(root)
    assert all(result.rounded for result in comparison.causes)
    assert "no usual mistake" not in comparison.table()


@pytest.mark.parametrize("of_constant", [None, 0.0001486702222919245])
def test_a_zero_among_three_decimals_is_told_so_too_whatever_a_constant_has(of_constant: float | None) -> None:
    with manual():
        x, y = Value(0.7, "x"), Value(1.2, "y")
        L = label(x * 0.00009 + y * 0.3457, "L")
    for node in gradients(L):
        node.grad = of_constant if node.is_constant else None
    L.grad, x.grad, y.grad = 1.0, 0.0, 0.346
    assert [result.name for result in compare(L, nodes=[L, x, y]).rounded] == ["x"]


@pytest.mark.parametrize("factor", [0.9997, 1.0])
def test_a_zero_is_a_rounding_where_something_else_is_one_and_a_mistake_elsewhere(factor: float) -> None:
    with manual():
        x = Value(3.0, "x")
        u = label(x * 0.0002, "u")
        L = label(u * factor, "L")
    L.grad, u.grad, x.grad = 1.0, 1.0, 0.0
    comparison = compare(L)
    assert [cause.name for cause in comparison.causes] == ["x"]
    assert comparison[x].rounded == (factor != 1.0)


@pytest.mark.parametrize("as_array", [False, True], ids=["numbers", "arrays"])
def test_what_follows_from_a_number_within_its_few_decimals_is_not_accused(as_array: bool) -> None:
    """Half the gradient of y, 0.000703, is written as 0.001, which the gradient itself, 0.001406, may be as well."""
    with manual():
        x = array([3.0, 1.0], "x") if as_array else Value(3.0, "x")
        y = label(x * 12.8, "y")
        L = label((y * 0.0014059).sum() if as_array else y * 0.0014059, "L")
    L.grad = 1.0
    y.grad, x.grad = (np.full(2, one) if as_array else one for one in (0.001, 0.009))
    assert [(cause.name, cause.rounded) for cause in compare(L).causes] == [("y", True)]
    x.grad = -x.grad
    assert [(cause.name, cause.rounded) for cause in compare(L).causes] == [("y", True), ("x", False)]
