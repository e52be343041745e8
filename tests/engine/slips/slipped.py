"""The slip of one number that is wrong in a right backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handgrad import Slip, Value, compare, gradients, manual
from tests.graphs import fill_right


def slip_of(grad: float, build: Callable[[Value, Value], Value], x: float = 0.7, y: float = -1.3) -> Slip:
    """The slip of x where root = build(x, y) is right everywhere else."""
    with manual():
        a, b = Value(x, "x"), Value(y, "y")
        root = build(a, b)
    fill_right(root, gradients(root))
    a.grad = grad
    found = compare(root)[a].slip
    assert found is not None
    return found


def slip_after(build: Callable[..., Value], wrong: str, number: float, **leaves: float) -> Any:
    """The slip where one node of a right backward pass holds another number."""
    with manual():
        nodes = {name: Value(data, name) for name, data in leaves.items()}
        root = build(nodes)
    true = gradients(root)
    for node, gradient in true.items():
        node.grad = gradient
    (node,) = [n for n in true if n.label == wrong]
    node.grad = number
    return compare(root)[node].slip
