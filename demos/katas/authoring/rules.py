"""The operations of a graph as lines of Python: how a node is computed, and what it passes back to an operand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from handgrad import Value

MOST_PLACES = 200
"""An index of more entries is too long to be written down."""

_INFIX = {"+": "{0} + {1}", "-": "{0} - {1}", "*": "{0} * {1}", "/": "{0} / {1}", "**": "{0} ** {1}", "@": "{0} @ {1}"}
_METHODS = (
    "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "arctan",
)  # fmt: skip
_BINARY_METHODS = ("maximum", "minimum")
_ALONG_AXES = ("sum", "mean", "max", "min")

_SLOPES: dict[str, tuple[str, ...]] = {
    # name: what is passed to each operand, of the upstream gradient u, the operands' numbers a and b (or x), and y.
    "+": ("{u}", "{u}"),
    "-": ("{u}", "-{u}"),
    "*": ("{u} * {b}", "{u} * {a}"),
    "/": ("{u} / {b}", "-{u} * {a} / {b} ** 2"),
    "**": ("{u} * {b} * {a} ** ({b} - 1)", "{u} * {y} * np.log({a})"),
    "neg": ("-{u}",),
    "abs": ("{u} * np.sign({a})",),
    "exp": ("{u} * {y}",),
    "expm1": ("{u} * ({y} + 1)",),
    "log": ("{u} / {a}",),
    "log1p": ("{u} / (1 + {a})",),
    "sqrt": ("{u} / (2 * {y})",),
    "sin": ("{u} * np.cos({a})",),
    "cos": ("-{u} * np.sin({a})",),
    "arctan": ("{u} / (1 + {a} ** 2)",),
    "tanh": ("{u} * (1 - {y} ** 2)",),
    "sigmoid": ("{u} * {y} * (1 - {y})",),
    "relu": ("{u} * ({a} > 0)",),
    "softplus": ("{u} / (1 + np.exp(-{a}))",),
    "maximum": ("{u} * (({a} > {b}) + 0.5 * ({a} == {b}))", "{u} * (({b} > {a}) + 0.5 * ({a} == {b}))"),
    "minimum": ("{u} * (({a} < {b}) + 0.5 * ({a} == {b}))", "{u} * (({b} < {a}) + 0.5 * ({a} == {b}))"),
}


class NoCodeError(Exception):
    """An operation that cannot be written down."""


def forward_code(node: Value, operands: list[str]) -> str:
    """Return the expression that computes a node from its operands.

    Raises:
        NoCodeError: it cannot be written down.
    """
    name, detail = str(node.op), getattr(node.op, "detail", "")
    if name in _INFIX:
        return _INFIX[name].format(*operands)
    if name == "neg":
        return f"-{operands[0]}"
    if name == "abs":
        return f"abs({operands[0]})"
    if name in _METHODS:
        return f"{operands[0]}.{name}()"
    if name in _BINARY_METHODS:
        return f"np.{name}({operands[0]}, {operands[1]})"
    if name in _ALONG_AXES:
        return f"{operands[0]}.{name}({detail})"
    if name == "transpose":
        return f"{operands[0]}.transpose{detail or '()'}"
    if name == "reshape" and node.shape:
        return f"{operands[0]}.reshape({node.shape})"
    places = _places(node)
    if places is not None:
        return f"np.take({operands[0]}, {places.tolist()})"
    raise NoCodeError(name)


def passed_back(node: Value, place: int, u: str, y: str, operands: list[str]) -> str:
    """Return what a node passes back to one of its operands, as an expression.

    Args:
        u, y: the upstream gradient, and the node's numbers.
        operands: the numbers of its operands.

    Raises:
        NoCodeError: it cannot be written down.
    """
    name, operand = str(node.op), node.operands[place]
    if name in _SLOPES:
        letters = dict(zip("ab", operands))
        return _sum_to(_SLOPES[name][place].format(u=u, y=y, **letters), node.shape, operand.shape)
    if name == "@":
        return _product_rule(node, place, u, operands)
    if name in _ALONG_AXES:
        return _reduction_rule(node, u, y, operands[0])
    if name == "transpose":
        axes = [int(i) for i in re.findall(r"-?\d+", getattr(node.op, "detail", ""))]
        back = tuple(int(i) for i in np.argsort([i % len(axes) for i in axes])) if axes else ""
        return f"{u}.transpose({back})" if not axes else f"{u}.transpose{back}"
    if name == "reshape":
        return f"np.reshape({u}, {operand.shape})"
    places = _places(node)
    if places is not None:
        size = int(np.prod(operand.shape, dtype=int))
        flat = places.ravel().tolist()
        return f"np.bincount({flat}, np.ravel({u}), {size}).reshape({operand.shape})"
    raise NoCodeError(name)


def _sum_to(code: str, shape: tuple[int, ...], to: tuple[int, ...]) -> str:
    """Return the code that sums over what was broadcast."""
    if shape == to:
        return code
    if not to:
        return f"np.sum({code})"
    extra = len(shape) - len(to)
    if extra:
        code = f"({code}).sum(axis={extra_axes(extra)})"
    stretched = tuple(i for i, (n, m) in enumerate(zip(to, shape[extra:])) if n == 1 and m != 1)
    return f"({code}).sum(axis={stretched}, keepdims=True)" if stretched else code


def extra_axes(count: int) -> str:
    return "0" if count == 1 else str(tuple(range(count)))


def _product_rule(node: Value, place: int, u: str, operands: list[str]) -> str:
    first, second = (operand.shape for operand in node.operands)
    if len(first) == len(second) == 2:
        return f"{u} @ {operands[1]}.T" if place == 0 else f"{operands[0]}.T @ {u}"
    if len(first) == 2 and len(second) == 1:
        return f"np.outer({u}, {operands[1]})" if place == 0 else f"{operands[0]}.T @ {u}"
    if len(first) == 1 and len(second) == 2:
        return f"{operands[1]} @ {u}" if place == 0 else f"np.outer({operands[0]}, {u})"
    if len(first) == len(second) == 1:
        return f"{u} * {operands[1 - place]}"
    raise NoCodeError("@")


def _reduction_rule(node: Value, u: str, y: str, x: str) -> str:
    shape = node.operands[0].shape
    kept = _keep_axes(node)
    up, result = (f"np.reshape({thing}, {kept})" if kept != node.shape else thing for thing in (u, y))
    name = str(node.op)
    if name in ("max", "min"):
        return f"{up} * ({x} == {result})"
    share = int(np.prod(shape, dtype=int)) // max(int(np.prod(node.shape, dtype=int)), 1)
    divided = f"{up} / {share}" if name == "mean" else up
    return f"np.broadcast_to({divided}, {shape})"


def _keep_axes(node: Value) -> tuple[int, ...]:
    """Return the shape of a reduction with its axes as 1."""
    detail, shape = getattr(node.op, "detail", ""), node.operands[0].shape
    found = re.search(r"axis=(\([^)]*\)|-?\d+)", detail)
    axes = {int(i) % len(shape) for i in re.findall(r"-?\d+", found[1])} if found else set(range(len(shape)))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def _places(node: Value) -> Any:
    """Return which entries an operation picks of its one operand; None for another."""
    if len(node.operands) != 1 or node.op is None or not node.operands[0].shape:
        return None
    numbered = np.arange(float(np.prod(node.operands[0].shape, dtype=int))).reshape(node.operands[0].shape)
    try:
        places = np.asarray(node.op.forward(numbered))
    except (ArithmeticError, TypeError, ValueError, IndexError):
        return None
    flat = np.asarray(node.operands[0].data).ravel()
    is_index = places.size <= MOST_PLACES and bool((places == np.rint(places)).all()) and bool((places >= 0).all())
    if not is_index or (places.size and places.max() >= flat.size):
        return None
    places = places.astype(int)
    return places if np.array_equal(flat[places], np.asarray(node.data)) else None
