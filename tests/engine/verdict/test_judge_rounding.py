"""Numbers typed with a few digits, after a mistake: what follows is carried, and no innocent node is a cause."""

from __future__ import annotations

import random

import numpy as np
import pytest

from handgrad import Status, Value, compare, gradients, label, manual, numeric_gradients, op
from handgrad.arrays import array
from handgrad.errors import DomainError
from handgrad.local import local_derivatives
from tests.graphs import random_graph

from ..slips.array_nets import array_chain


def typed(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}") if number else 0.0


def fill_with_a_mistake(root: Value, culprit: Value, factor: float, digits: int) -> None:
    """A backward pass that keeps all digits, is wrong at one node, and is typed with a few."""
    own = dict.fromkeys(gradients(root), 0.0)
    own[root] = 1.0
    for node in own:
        if node is culprit:
            own[node] *= factor
        node.grad = typed(own[node], digits)
        for operand, local in zip(node.operands, local_derivatives(node)):
            own[operand] += own[node] * local


def test_a_sign_lost_once_is_one_cause_whatever_is_rounded_below_it() -> None:
    with manual():
        x = Value(0.3, "x")
        u = x.tanh()
        v = u * 1.7
        L = v.exp()
        u.label, v.label, L.label = "u", "v", "L"
    fill_with_a_mistake(L, v, -1.0, 4)
    assert [result.name for result in compare(L).causes] == ["v"]


@pytest.mark.parametrize("digits", [3, 4, 5, 6])
def test_at_most_one_innocent_node_in_a_thousand_is_accused(digits: int) -> None:
    innocent = accused = planted = seen = 0
    for seed in range(250):
        rng = random.Random(f"{digits} {seed}")
        root = random_graph(seed)
        try:
            nodes = [node for node in gradients(root) if not node.is_constant]
        except DomainError:
            continue
        culprit = rng.choice(nodes[1:])
        true = gradients(root)[culprit]
        factor = rng.choice([-1.0, 2.0, 0.5])
        if not true:
            continue
        fill_with_a_mistake(root, culprit, factor, digits)
        comparison = compare(root)
        planted += 1
        seen += comparison[culprit].status is Status.WRONG
        innocent += len(nodes) - 1
        accused += sum(result.node is not culprit for result in comparison.causes)
    assert planted > 150
    assert innocent > 4000
    assert accused <= innocent / 1000
    assert seen >= 0.99 * planted


def test_a_second_mistake_below_the_first_is_seen_too() -> None:
    with manual():
        x = Value(0.3, "x")
        u = x.tanh()
        v = u * 1.7
        L = v.exp()
        u.label, v.label, L.label = "u", "v", "L"
    fill_with_a_mistake(L, v, -1.0, 4)
    x.grad = typed(2.0 * x.grad, 4)
    assert [result.name for result in compare(L).causes] == ["v", "x"]


@pytest.mark.parametrize("digits", [3, 4, 5, 6])
def test_an_array_rounded_after_a_mistake_is_carried(digits: int) -> None:
    made = array_chain()
    x, u, v = made["x"], made["u"], made["v"]
    dv = -np.exp(v.data)
    du = 1.7 * dv
    dx = (1.0 - u.data**2) * du
    for node, gradient in ((v, dv), (u, du), (x, dx)):
        node.grad = np.vectorize(lambda number: typed(number, digits))(gradient)
    comparison = compare(made["loss"])
    assert [result.name for result in comparison.causes] == ["v"]
    assert comparison[x].status is comparison[u].status is Status.CARRIED


def test_who_rounds_an_array_and_goes_on_from_that_is_right() -> None:
    made = array_chain()
    v, u, x = made["v"], made["u"], made["x"]
    v.grad = np.round(np.exp(v.data), 3)
    u.grad = 1.7 * v.grad
    x.grad = (1.0 - u.data**2) * u.grad
    assert compare(made["loss"]).ok


def test_a_number_that_follows_from_a_wrong_rule_is_wrong_beside_measured_gradients() -> None:
    """The chain rule on the rules in the graph gives it, and central differences do not."""
    bad = op("bad", lambda x: x**2, lambda x, y: 3.0 * x)
    with manual():
        x = array([0.7, 1.3], "x")
        y = label(bad(x), "y")
        loss = (y * 2.0).sum()
    y.grad = np.full(2, 2.0)
    x.grad = 2.0 * 3.0 * x.data
    assert compare(loss).ok
    comparison = compare(loss, reference=numeric_gradients(loss))
    assert [result.name for result in comparison.causes] == ["x"]
    x.grad = 2.0 * 2.0 * x.data
    assert compare(loss, reference=numeric_gradients(loss)).ok


def test_who_rounds_and_goes_on_from_that_is_right_beside_measured_gradients_too() -> None:
    with manual():
        x = Value(0.3, "x")
        u = label(x * 1.2345, "u")
        v = label(u * 2.3456, "v")
        L = label(v * 3.4567, "L")
    L.grad = 1.0
    v.grad = 3.46
    u.grad = 2.3456 * 3.46
    x.grad = 1.2345 * u.grad
    reference = numeric_gradients(L)
    assert compare(L, reference=reference).ok
    x.grad = 1.2345 * u.grad * 1.01
    assert [result.name for result in compare(L, reference=reference).causes] == ["x"]


@pytest.mark.parametrize(("written", "causes"), [(-2.9, ["v"]), (-2.9000000001234, ["v", "x"])])
def test_only_a_typed_number_is_off_by_half_its_last_digit_for_what_follows(written: float, causes: list[str]) -> None:
    with manual():
        x = Value(0.3, "x")
        v = label(x * 1.7, "v")
        L = label(v * 2.9, "L")
    L.grad, v.grad = 1.0, written
    x.grad = round(-1.7 * 2.9, 3) + 0.002
    assert [result.name for result in compare(L).causes] == causes
    x.grad = round(-1.7 * 2.9, 3)
    assert [result.name for result in compare(L).causes] == ["v"]


@pytest.mark.parametrize("as_array", [False, True], ids=["numbers", "arrays"])
def test_a_number_that_is_right_to_its_typed_digits_alone_excuses_what_follows_from_it(as_array: bool) -> None:
    """A mistake above has moved u by less than its last digit shows, and x by more."""
    with manual():
        x = array([0.02], "x") if as_array else Value(0.02, "x")
        u = label(x * 0.45, "u")
        v = label(u * 1.0, "v")
        loss = (v * -0.012263).sum() if as_array else v * -0.012263
    for node, gradient in ((v, -0.01196), (u, -0.012), (x, -0.00538)):
        node.grad = np.array([gradient]) if as_array else gradient
    comparison = compare(loss)
    assert [result.name for result in comparison.causes] == ["v"]
    assert comparison[u].status is Status.CORRECT
    assert comparison[x].status is Status.CARRIED


def test_what_is_right_to_its_typed_digits_and_reached_by_no_mistake_excuses_nothing() -> None:
    with manual():
        x = Value(0.02, "x")
        u = label(x * 0.45, "u")
        loss = u * -0.012263
    u.grad, x.grad = -0.0123, -0.00538
    assert [result.name for result in compare(loss).causes] == ["x"]


@pytest.mark.parametrize("as_array", [False, True], ids=["numbers", "arrays"])
def test_a_zero_that_was_worked_out_from_a_rounded_number_follows_from_it(as_array: bool) -> None:
    """1/2 - 1.5 * 0.3333 is 0.00005, and 0.0 to the digits that were typed."""
    with manual():
        a = array([2.0], "a") if as_array else Value(2.0, "a")
        d = label(1.5 * a, "d")
        whole = a / 2.0 + d / 3.0
        loss = whole.sum() if as_array else whole
    for node, gradient in ((d, -0.3333), (a, 0.0)):
        node.grad = np.array([gradient]) if as_array else gradient
    comparison = compare(loss, nodes=[a, d])
    assert [result.name for result in comparison.causes] == ["d"]
    assert comparison[a].status is Status.CARRIED
    a.grad = np.array([0.01]) if as_array else 0.01
    assert [result.name for result in compare(loss, nodes=[a, d]).causes] == ["d", "a"]


def test_what_follows_from_a_small_number_that_was_typed_as_zero_is_carried() -> None:
    """The gradient of c is 0; 1.01 * 0.4 - 0.4 gives 0.004, typed with two decimals as everything here."""
    with manual():
        w, third, z = Value(2.0, "w"), Value(1.0 / 3.0, "third"), Value(1.0, "z")
        c, p = label(w * 100.0, "c"), label(w * 0.2, "p")
        first, second, rest = label(c * p, "first"), label(c * 0.4, "second"), label(z * third, "rest")
        loss = label(first - second + rest, "loss")
    written = {z: 0.33, first: 1.01, second: -1.0, c: 0.0, p: 202.0, w: 40.8}
    for node, gradient in written.items():
        node.grad = gradient
    comparison = compare(loss, nodes=list(written))
    assert comparison[first].status is Status.WRONG
    assert [comparison[node].status for node in (p, w)] == [Status.CARRIED] * 2
