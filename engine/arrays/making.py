"""Making nodes of arrays: the result of an operation, ours or the user's, and what is given, gradients too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..amounts import Floats, Shape
from ..errors import DomainError, NotANumberError, UnfilledError
from ..local import no_value
from ..manual import constant_mode
from ..names import name_of
from ..number import finite_float
from ..value import Value, fill_slots
from . import structure
from .edges import ArrayOp, Edge
from .entrywise import mask
from .node import Array, copy_floats
from .refusals import OperandShapeError, unfit


def apply_to_arrays(op: ArrayOp, operands: Sequence[Any]) -> Any:
    """Return the node of the operation: an Array, or a Value if the result has shape ()."""
    nodes = tuple(as_node(operand, op.name) for operand in operands)
    try:
        data = np.asarray(op.forward(*[node._data for node in nodes]), dtype=float)
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        raise no_value(op, nodes) from error
    except (ValueError, IndexError) as error:
        raise unfit(op, nodes, error) from error
    if not np.isfinite(data).all():
        _check_finite(op, data, nodes)
        op = op if op.scalar is None else mask(op)
    kind = Array if data.ndim else Value
    # All operands in the rest: the quick path of the sweep is for numbers.
    return fill_slots(object.__new__(kind), data if data.ndim else float(data), op, rest=nodes)


def _check_finite(op: ArrayOp, data: Floats, operands: tuple[Value, ...]) -> None:
    """Raise DomainError for a non-finite entry, unless it is a mask's -inf passed on."""
    masks = [np.isneginf(node._data) for node in operands]
    is_bad = ~np.isfinite(data)
    if op.lets_masks_through and any(mask.any() for mask in masks):
        is_masked = np.logical_or.reduce(np.broadcast_arrays(*masks)) if op.scalar is not None else True
        is_bad &= ~(np.isneginf(data) & is_masked)
    if not is_bad.any():
        return
    place = tuple(int(i) for i in np.argwhere(is_bad)[0])
    inputs: list[tuple[str, Any]] = []
    hint = op.domain
    for node in operands:
        name = name_of(node)
        if op.scalar is not None and node.shape:
            at = tuple(i if n > 1 else 0 for i, n in zip(place[len(place) - len(node.shape) :], node.shape))
            inputs.append((f"{name}{list(at)}", float(node._data[at])))
        else:
            inputs.append((name, node._data))
        if not hint and np.isneginf(np.asarray(inputs[-1][1])).any():
            hint = "-inf is a mask: what is computed from it must leave it out, and of each row leave something in."
    raise DomainError(op.name, inputs, "no finite value", hint)


def as_node(thing: Any, where: str) -> Any:
    """Return a node as it is, a number or an array of numbers as a constant; -inf in it is a mask."""
    if isinstance(thing, Value):
        return thing
    if _holds_arrays(thing):
        return array(thing)
    place = f"an operand of '{where}'"
    given = np.asarray(finite_float(thing, place) if type(thing) is int else thing)  # a long one would be an object
    if given.dtype == object:
        return gather_nodes(given, where)
    numbers = copy_floats(given, place, is_operand=True)
    if numbers.ndim:
        constant = fill_slots(object.__new__(Array), numbers)
    else:
        constant = fill_slots(object.__new__(Value), float(numbers), label=str(thing))
    constant._mode = constant_mode()
    return constant


def _holds_arrays(thing: Any) -> bool:
    """Return whether a list, or a list in it, holds array nodes."""
    if not isinstance(thing, (list, tuple)):
        return False
    return any(isinstance(entry, Array) or _holds_arrays(entry) for entry in thing)


def gather_nodes(entries: Any, where: str) -> Any:
    """Return an object array of nodes and numbers as one node."""
    listed = entries.ravel().tolist()
    for entry in listed:
        if not isinstance(entry, Value):
            finite_float(entry, where)
        elif entry.shape:
            raise NotANumberError(entry, where, "Put arrays together with np.stack or np.concatenate.")
    collect = ArrayOp(
        "array",
        lambda *numbers: np.array(numbers, dtype=float).reshape(entries.shape),
        lambda *_: structure.read_at([*np.ndindex(entries.shape)]),
    )
    return collect(*listed)


def array(data: Any, label: str = "") -> Any:
    """Return a node that holds an array of numbers.

    Args:
        data: finite real numbers in any shape, as NumPy takes them (an array, nested lists, one number). Nodes in it
            are gathered: the result is then computed from them.
        label: its name, "" for none.

    Returns:
        An Array, made in the current mode (see `manual`); for one number a Value.

    Raises:
        NotANumberError: an entry is neither a node nor a real number, or `label` is not a text.
        NotFiniteError: an entry is nan or infinite.
        ValueError: nested lists of different lengths.

    Examples:
        >>> W = array([[1.0, 2.0], [3.0, 4.0]], label="W")
        >>> (W @ W).sum().data
        54.0
    """
    if isinstance(data, Value):
        return data
    if _holds_arrays(data):
        made = structure.stack()(*[array(part) for part in data])
    else:
        given = np.asarray(data)
        if given.dtype != object:
            return Array(given, label) if given.ndim else Value(data, label)
        made = gather_nodes(given, "array(data)")
    made.label = label
    return made


ArrayOp.make = staticmethod(apply_to_arrays)
Edge.constant = staticmethod(lambda numbers: as_node(numbers, "*"))


def opaque(name: str, data: Any, edges: Sequence[Edge], **of_any_op: Any) -> ArrayOp:
    """Return an operation with a given result and one edge for each operand."""
    return ArrayOp(name, lambda *_: data, lambda *_: edges, lets_masks_through=True, **of_any_op)


def matrix_edge(jacobian: Any, operand: Shape) -> Edge:
    """Return the edge that multiplies a gradient by a matrix: (entries of the result, entries of the operand)."""
    matrix = np.asarray(jacobian, dtype=float).reshape(-1, math.prod(operand))

    def spread(gradient: Any, coefficient: Any) -> Any:
        flat = gradient.reshape((len(matrix),)) if np.shape(gradient) else gradient * np.ones(1)
        return (flat @ coefficient).reshape(operand)

    return Edge(spread, matrix)


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
        is_one_number = isinstance(gradient, np.ndarray) and not gradient.ndim and not values.shape
        values.grad = gradient.item() if is_one_number else gradient
        return
    nodes = np.asarray(values)
    if nodes.dtype != object or not all(isinstance(node, Value) for node in nodes.ravel().tolist()):
        raise NotANumberError(values, "fill(values, gradient)", "The first argument is the node, or an array of them.")
    given = np.asarray(gradient)
    if given.shape != nodes.shape:
        raise OperandShapeError("fill", [("values", nodes.shape)], f"the gradient has shape {given.shape}.")
    for node, number in zip(nodes.ravel().tolist(), given.ravel().tolist()):
        node.grad = number


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
