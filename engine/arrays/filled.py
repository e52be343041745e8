"""The gradients that stand in arrays: written by a person, and read."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import NotANumberError, UnfilledError
from ..names import name_of
from ..value import Value
from .refusals import OperandShapeError


def fill(values: Any, gradient: Any) -> None:
    """Write a gradient; `values.grad = gradient` does the same.

    A wrong shape is written too: `compare` says what is wrong with it.

    Args:
        values: an Array or a Value, or an object array of Values, which takes a gradient of exactly its shape.
        gradient: numbers in the shape of `values`.

    Raises:
        NotANumberError: `values` is no node.
        OperandShapeError: an object array of Values is to be filled with another shape.
    """
    if isinstance(values, Value):
        values.grad = gradient if values.shape or np.ndim(gradient) else _one_number(gradient)
        return
    nodes = np.asarray(values)
    if nodes.dtype != object or not all(isinstance(node, Value) for node in nodes.ravel().tolist()):
        raise NotANumberError(values, "fill(values, gradient)", "The first argument is the node, or an array of them.")
    given = np.asarray(gradient)
    if given.shape != nodes.shape:
        raise OperandShapeError("fill", [("values", nodes.shape)], f"the gradient has shape {given.shape}.")
    for node, number in zip(nodes.ravel().tolist(), given.ravel().tolist()):
        node.grad = number


def _one_number(gradient: Any) -> Any:
    return gradient.item() if isinstance(gradient, np.ndarray) else gradient


def grads(values: Any) -> Any:
    """Return the gradient of an array as floats, in its shape.

    Args:
        values: an Array or a Value, or an object array of Values.

    Raises:
        UnfilledError: nothing has reached it yet.
        NotANumberError: it is no node, or what was filled in is no array of numbers.
    """
    if isinstance(values, Value):
        if values.grad is None:
            raise UnfilledError(name_of(values), "grads(x)")
        found = np.asarray(values.grad)
        if found.dtype.kind not in "iuf":
            raise NotANumberError(values.grad, f"grads({name_of(values)})", "Fill in an array of real numbers.")
        return found.astype(float)
    nodes = np.asarray(values)
    if nodes.dtype != object:
        raise NotANumberError(values, "grads(x)", "Give a node, or an array of them.")
    return np.array([grads(node) for node in nodes.ravel().tolist()], dtype=float).reshape(nodes.shape)
