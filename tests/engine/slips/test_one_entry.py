"""The same slip in a graph of numbers and in the same graph of arrays of one entry is told in the same words."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from handgrad import Value, compare, functional, gradients, label, manual
from handgrad.arrays import array
from handgrad.graph import topological_order
from tests.graphs import random_graph

from .planted import KINDS, Planted, backward_with_slip

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": abs,
}


def of_arrays(root: Value) -> tuple[dict[Value, Any], Any]:
    """The arrays of one entry for the nodes of a graph of numbers, and the number that is made of the last."""
    made: dict[Value, Any] = {}
    with manual():
        for node in topological_order(root):
            if node.is_constant:
                made[node] = node.data
            elif node.is_leaf:
                made[node] = array(np.array([node.data]), node.label)
            else:
                name = node.op.name
                operation = OPERATIONS.get(name, lambda a, name=name: getattr(a, name)())
                made[node] = label(operation(*[made[operand] for operand in node.operands]), node.label)
        return made, made[root].sum()


@cache
def told_twice(kind: str, seed: int) -> tuple[Any, Any] | None:
    """The slips of a planted mistake, of the number and of the array; None where it fits nowhere in the graph."""
    planted = Planted(kind, random.Random(f"{kind} {seed}"))
    root = random_graph(seed, steps=4 + seed % 20)
    if not backward_with_slip(root, planted, carries=seed % 2 == 0):
        return None
    asked = [node for node in topological_order(root) if not node.is_constant]
    for place, node in enumerate(asked):
        node.label = node.label or f"n{place}"
    made, total = of_arrays(root)
    for node in asked:
        made[node].grad = np.array([node.grad])
    total.grad = 1.0
    return compare(root)[planted.node].slip, compare(total)[made[planted.node]].slip


@pytest.mark.parametrize("kind", KINDS)
def test_a_slip_is_told_in_the_same_words(kind):
    told = [pair for seed in range(15) if (pair := told_twice(kind, seed)) is not None]
    assert len(told) >= 12
    for number, entry in told:
        assert (number and number.to_dict()) == (entry and entry.to_dict())


def test_the_planted_kind_is_told_first_of_both():
    first: Counter[str] = Counter()
    for kind in KINDS:
        for seed in range(15):
            for slip in told_twice(kind, seed) or ():
                first["all"] += 1
                first["right"] += slip is not None and slip.kind == kind
    assert first["right"] >= 0.88 * first["all"]


def test_of_an_array_a_local_derivative_without_a_constant_is_not_called_one():
    """cos has none: its slope is one number for one entry."""
    with manual():
        x = array(np.array([0.7]), "x")
        loss = label((label(np.cos(x), "v") * 1.3).sum(), "loss")
    for node, gradient in gradients(loss).items():
        node.grad = gradient
    x.grad = np.array([1.3])
    slip = compare(loss)[x].slip
    assert slip.kind == "forgot-local"
    assert "constant" not in slip.message


@pytest.mark.parametrize("seed", range(20))
def test_p_for_p_minus_y_is_a_path_that_is_missing_and_no_coincidence(seed):
    rng = random.Random(seed)
    with manual():
        logits = [Value(round(rng.uniform(-2.0, 2.0), 1), f"z{i}") for i in range(3)]
        loss = label(functional.cross_entropy(logits, 0), "loss")
    total = sum(math.exp(z.data) for z in logits)
    for z in logits:
        z.grad = round(math.exp(z.data) / total, 3)
    loss.grad = 1.0
    (cause,) = compare(loss, nodes=[*logits, loss]).causes
    assert cause.node is logits[0]
    assert cause.slip.kind in ("missing-path", "one-hot")
    assert "added here" not in cause.slip.message
