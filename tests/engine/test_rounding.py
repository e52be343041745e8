"""Numbers typed with a few digits, after a mistake: what follows is carried, and no innocent node is a cause."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from handgrad import Status, Value, compare, gradients, label, manual, numeric_gradients, op
from handgrad.arrays import array
from handgrad.errors import DomainError
from handgrad.local import local_derivatives
from tests.graphs import random_graph


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


def array_chain() -> dict[str, Any]:
    rng = np.random.default_rng(4)
    with manual():
        x = array(rng.uniform(0.1, 0.9, (3, 4)), "x")
        u = label(x.tanh(), "u")
        v = label(u * 1.7, "v")
        loss = v.exp().sum()
    return {"x": x, "u": u, "v": v, "loss": loss}


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


def test_a_second_mistake_in_one_entry_of_an_array_is_seen_below_the_first() -> None:
    made = array_chain()
    x, u, v = made["x"], made["u"], made["v"]
    v.grad = -np.exp(v.data)
    u.grad = 1.7 * v.grad
    dx = (1.0 - u.data**2) * u.grad
    dx[1, 2] *= 2.0
    x.grad = dx
    comparison = compare(made["loss"])
    assert [result.name for result in comparison.causes] == ["v", "x"]
    assert comparison[x][1, 2].status is Status.WRONG
    assert comparison[x][0, 0].status is Status.CARRIED


def test_beside_a_wrong_entry_the_others_of_an_array_are_right() -> None:
    made = array_chain()
    true = gradients(made["loss"])
    for name in ("x", "u", "v"):
        made[name].grad = true[made[name]].copy()
    wrong = made["u"].grad
    wrong[0, 1] += 0.5
    made["u"].grad = wrong
    result = compare(made["loss"])[made["u"]]
    assert result.wrong == 1
    assert result[0, 1].status is Status.WRONG
    assert result[0, 0].status is result[2, 3].status is Status.CORRECT
    assert result[0, 1].error == pytest.approx(0.5)
    assert result[0, 0].error == 0.0


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
