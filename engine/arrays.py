"""Arrays of Values: numpy's own object arrays, with names for their entries and gradients in one piece.

`W1 = array(numbers, label="W1")` makes leaves that are called W1[0, 0], W1[0, 1] ...;
`emb = label(C[Xb], "emb")` names a computed array; `fill(W1, dW1)` writes a gradient of W1's shape.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from .arraywise.names import ArrayName, Copies, Label, array_of, labels
from .arraywise.ops import COPY
from .arraywise.type import Array
from .errors import HandgradError, NotANumberError
from .number import finite_or_none
from .value import Value, apply

__all__ = ["Array", "array", "fill", "grads", "label"]


class ArrayShapeError(HandgradError, ValueError):
    """A gradient has another shape than the array it is for."""

    def __init__(self, name: str, shape: tuple[int, ...], given: tuple[int, ...]) -> None:
        self.name, self.shape, self.given = name, shape, given
        super().__init__(f"fill: {name} has shape {shape}, and the gradient given has shape {given}. {self._advice()}")

    def _advice(self) -> str:
        if self.given == self.shape[::-1]:
            return "That is the transpose. Which factor of the product is transposed, and on which side does it stand?"
        if self.given and tuple(n for n in self.shape if n != 1) == tuple(n for n in self.given if n != 1):
            return "An axis of length 1 is missing or too many: sum with keepdims=True to keep it."
        return "A gradient has the shape of what it is the gradient of: what was broadcast forward is summed backward."


class SharedNodesError(HandgradError, ValueError):
    """A node stands more than once in an array that is to be filled, so that one number would overwrite another."""

    def __init__(self, name: str, node: str, count: int) -> None:
        self.name, self.node, self.count = name, node, count
        super().__init__(
            f"fill: {name} holds node {node} {count} times, and a node has one gradient. Indexing hands back the "
            f'nodes it was given; x = label(x, "x") gives x nodes of its own, and must stand before x is used.'
        )


def array(data: Any, label: str = "") -> Array:
    """An array of leaves.

    Args:
        data: finite real numbers in any shape, as numpy takes them (an array, nested lists, one
            number); Values in it are kept as they are.
        label: the array's name; its entries are called `W1[0, 3]`. "" for none.

    Returns:
        An object array of Values, of the shape of `data`, made in the current mode (see `manual`).

    Raises:
        NotANumberError: an entry is neither a Value nor a real number, or `label` is not a text.
        NotFiniteError: an entry is nan or infinite.
        ValueError: nested lists of different lengths.

    Example:
        >>> W = array([[1.0, 2.0], [3.0, 4.0]], label="W")
        >>> W[0, 1].label
        'W[0, 1]'
        >>> (W @ W).sum().data
        54.0
    """
    _check_name(label)
    given = np.asarray(data)
    made = np.empty(given.size, dtype=object)
    made[:] = [x if isinstance(x, Value) else Value(x) for x in given.ravel().tolist()]
    nodes = Array.own(made.reshape(given.shape), is_fresh=getattr(data, "is_fresh", True))
    return _label_array(nodes, label) if label else nodes


def label(values: Any, name: str) -> Any:
    """Name a computed array; its entries are called `hprebn[31, 63]`.

    Indexing, reshape and a transpose hand back the nodes they were given, and a node has one name
    and one gradient. So where the nodes belong to an array already, or one of them stands twice,
    each entry is copied into a node of its own first (an operation `copy` with slope 1). Go on with
    what is returned: `emb = label(C[Xb], "emb")`. The copies also replace the old nodes in `values`
    itself, so that `label(emb, "emb")` alone is right too, except where `values` shares its memory
    with another array (a plain numpy view, or an array that has a name already). Label before the
    array is used: `compare` refuses a graph that was computed past the copies.

    Args:
        values: an object array of Values, or nested lists of them; a single Value is just labelled.
        name: a text.

    Returns:
        The array to go on with, of the same shape.

    Raises:
        NotANumberError: an entry is not a Value, or `name` is not a text.

    Example:
        >>> C = array([[1.0], [2.0]], label="C")
        >>> emb = label(C[[0, 1, 0]], "emb")
        >>> emb[2, 0].label, C[0, 0].label
        ('emb[2, 0]', 'C[0, 0]')
    """
    _check_name(name)
    if isinstance(values, Value):
        values.label = name
        return values
    if not isinstance(values, np.ndarray):
        given = np.asarray(values)
        values = Array.own(given, is_fresh=True) if given.dtype == object else given
    for node in values.ravel().tolist():
        if not isinstance(node, Value):
            raise NotANumberError(node, f"label(values, {name!r})", "Give Values: array(numbers, label=...).")
    return _label_array(values, name)


def grads(values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The gradients of an array of Values as floats, of the same shape.

    What is not filled in (None), or holds no real number, is nan.
    """
    nodes = np.asarray(values)
    found = [_as_float(node.grad) for node in nodes.ravel().tolist()]
    return np.array(found, dtype=float).reshape(nodes.shape)


def fill(values: Any, grads: Any) -> None:
    """Assign each entry's `.grad`; all of them, or on an error none.

    Args:
        values: an array of Values.
        grads: real numbers of exactly the same shape; nothing is broadcast.

    Raises:
        ArrayShapeError: the shapes differ.
        SharedNodesError: a node stands in `values` more than once.
        NotANumberError: `grads` does not hold real numbers, or `values` not Values.
    """
    nodes: list[Any] = np.asarray(values).ravel().tolist()
    name = _name_of(values)
    given = np.asarray(grads)
    if given.dtype.kind not in "iuf":
        raise NotANumberError(grads, f"fill({name}, grads)", "Give an array of floats.")
    if given.shape != np.shape(values):
        raise ArrayShapeError(name, np.shape(values), given.shape)
    seen: dict[int, Any] = {}
    for node in nodes:
        if not isinstance(node, Value):
            raise NotANumberError(node, f"fill({name}, grads)", "The first argument is the array of Values.")
        seen[id(node)] = node
    if len(seen) < len(nodes):
        count, node = max(((nodes.count(node), node) for node in nodes[:100]), key=lambda pair: pair[0])
        raise SharedNodesError(name, node.label or "without a name", count)
    for node, number in zip(nodes, given.astype(float).ravel().tolist()):
        node.grad = number


def _label_array(values: Any, name: str) -> Any:
    nodes = values.ravel().tolist()
    named = ArrayName(name, values.shape)
    if _is_named(nodes, name, values.shape):
        return values
    is_alias = isinstance(values, Array) and not values.is_fresh
    if is_alias or any(node.label for node in nodes) or len(set(map(id, nodes))) < len(nodes):
        values = _with_nodes_of_its_own(values, nodes, named)
        nodes = values.ravel().tolist()
    for node, text in zip(nodes, labels(named)):
        node.label = text
    named.lives_in(values)
    # The view keeps the array alive that it shows, which is the one remembered.
    return values if isinstance(values, Array) else Array.view_of(values)


def _with_nodes_of_its_own(values: Any, nodes: list[Value], named: ArrayName) -> Any:
    """The array with its nodes copied: `values` itself where no other array sees its memory."""
    sources = {source for node in nodes if (source := array_of(node)) is not None}
    copies = np.empty(len(nodes), dtype=object)
    copies[:] = [apply(COPY, (node,)) for node in nodes]
    copies = copies.reshape(values.shape)
    is_private = values.is_private if isinstance(values, Array) else values.flags.owndata
    in_place = is_private and values.flags.writeable and not any(source.shows(values) for source in sources)
    for source in sources:
        source.copies[named.name] = Copies(weakref.ref(named), in_place)
    if not in_place:
        return Array.own(copies, is_fresh=True)
    values[...] = copies
    if isinstance(values, Array):
        values.is_fresh = True
    return values


def _is_named(nodes: list[Value], name: str, shape: tuple[int, ...]) -> bool:
    """Whether the nodes are exactly those of the labelled array of this name, in its order."""
    named = array_of(nodes[0]) if nodes else None
    if named is None or named.shape != shape or named.name != name:
        return False
    texts: list[Any] = [node.label for node in nodes]
    return all(
        text.__class__ is Label and text.array is named and text.place == place for place, text in enumerate(texts)
    )


def _name_of(values: Any) -> str:
    """The name of the array that all nodes belong to, for a message."""
    names = {named.name if (named := array_of(node)) else "" for node in np.asarray(values).ravel().tolist()[:1000]}
    return names.pop() or "the array" if len(names) == 1 else "the array"


def _as_float(grad: Any) -> float:
    number = finite_or_none(grad)
    return np.nan if number is None else number


def _check_name(name: Any) -> None:
    if not isinstance(name, str):
        raise NotANumberError(name, "the name of an array", 'A label is a text: array(data, label="W1").')
