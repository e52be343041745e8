"""Box: what the user's forward gets in place of an array. It computes as NumPy's does, and remembers how.

A Box holds real numbers in their own dtype, so that the code runs as it always does, and beside them a node of a
graph, in double precision. NumPy's protocols bring every function that is called on a Box to `functions`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ...arrays import structure
from ...arrays.making import as_node
from ...errors import HandgradError
from ...repair.source import untraced
from .blocks import Look, Memory, lose, running

_FAILS = (HandgradError, ArithmeticError, AttributeError, IndexError, TypeError, ValueError)
"""What a rule may raise that does not take what NumPy takes."""


class Box(NDArrayOperatorsMixin):
    """An array, or a single number, whose computation is recorded."""

    __slots__ = ("_data", "_memory", "_looks", "_of", "_remake", "_made", "_seen")
    __array_priority__ = 1000.0
    __array_ufunc__: Any = None
    __array_function__: Any = None
    """NumPy's two protocols; `functions` puts its own here."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: Any, node: Any = None) -> None:
        self._data = data
        self._made = node
        self._memory = Memory(data, node) if isinstance(data, np.ndarray) else None
        self._looks: tuple[Look, ...] = ()
        self._of: Box | None = None
        self._remake: Any = None
        self._seen = 0

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Return what `isinstance` is told; an array for NumPy itself would be read past the protocols."""
        return np.ndarray if self._memory is not None else np.float64

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if node_of(self) is not None:
            lose("a conversion to an array of plain numbers")
        return np.array(self._data, dtype=dtype)

    def __getattr__(self, name: str) -> Any:
        if name in _FUNCTIONS:
            return partial(getattr(np, name), self)
        return getattr(self._data, name)

    @untraced
    def __getitem__(self, index: Any) -> Any:
        at = numbers(index)
        data, pick = self._data[at], structure.pick(at)
        if isinstance(data, np.ndarray) and self._memory is not None and np.may_share_memory(data, self._data):
            return self.make_view(data, lambda a: a[at], pick)
        node = node_of(self) if is_floats(data) else None
        return wrap(data, None if node is None else try_rule(lambda: pick(node), "an index"))

    @untraced
    def __setitem__(self, index: Any, value: Any) -> None:
        at = numbers(index)
        if type(value) is Box and _is_same_place(self._data[at], value._data):
            return  # x[i] += y has written it already
        if isinstance(value, (list, tuple)) and boxes_in(value):
            value = box_from_parts(np.array(numbers(value)), value)
        node = node_of(value)
        memory = self._memory
        if memory is None:
            raise TypeError("'numpy.float64' object does not support item assignment")
        memory.write(self._looks, at, numbers(value), node)
        self._data[at] = numbers(value)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self._data)))

    def __float__(self) -> float:
        trace, node = running(), node_of(self)
        if trace is not None and node is not None:
            trace.taken.append(node)
            lose("float(x)")
        return float(self._data)

    def item(self, *args: Any) -> Any:
        """Return what NumPy's `item` does; where a loss is returned so, its node is known all the same."""
        if args:
            at = args if len(args) > 1 else args[0]
            return (self[at] if isinstance(at, tuple) else self.ravel()[at]).item()
        return float(self) if self._data.size == 1 else self._data.item()

    def __copy__(self, memo: Any = None) -> Any:
        return self.copy()

    __deepcopy__ = __copy__

    @property
    def T(self) -> Any:
        return self.transpose()

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)  # type: ignore[call-overload]

    def transpose(self, *axes: Any) -> Any:
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return np.transpose(self, order or None)

    def flatten(self, order: str = "C") -> Any:
        return self.copy().reshape(-1, order=order)

    def copy(self, order: str = "C") -> Any:
        node = node_of(self)
        return Box(self._data.copy(), None if node is None else structure.copy()(node) if node.shape else node)

    def astype(self, dtype: Any, *_: Any, **__: Any) -> Any:
        if np.dtype(dtype).kind != "f":
            return self._data.astype(dtype)
        return Box(self._data.astype(dtype), node_of(self))

    def fill(self, value: Any) -> None:
        self[...] = value

    def tolist(self) -> Any:
        return self.item() if self._memory is None else [entry.tolist() for entry in self]

    def overwrite(self, node: Any) -> None:
        """Note that every entry is replaced."""
        assert self._memory is not None
        if not self._looks and node is not None and node.shape == self._data.shape:
            self._memory.replace(node)
        else:
            self._memory.write(self._looks, ..., self._data, node)

    def make_view(self, data: Any, look: Look, remake: Look) -> Box:
        """Return a Box on a part of the same block."""
        view = Box(data)
        view._memory, view._looks = self._memory, (*self._looks, look)
        view._of, view._remake, view._seen = self, remake, -1
        return view


_PLAIN: dict[str, Any] = {
    "__len__": len, "__bool__": bool, "__int__": int, "__index__": operator.index, "__round__": round,
    "__format__": format, "__repr__": repr,
}  # fmt: skip
for _name, _plain in _PLAIN.items():
    setattr(Box, _name, lambda self, *args, plain=_plain: plain(self._data, *args))


def node_of(thing: Any) -> Any:
    """Return the node of a Box; None for what depends on no input."""
    if type(thing) is not Box:
        return None
    box, memory = thing, thing._memory
    if memory is None:
        return box._made
    outdated: list[Box] = []
    while box._of is not None and box._seen != memory.version:
        outdated.append(box)
        box = box._of
    node = memory.node if box._of is None else box._made
    for box in reversed(outdated):
        node = None if node is None else try_rule(partial(box._remake, node), "a view")
        box._made, box._seen = node, memory.version
    return node


def is_written(thing: Any) -> bool:
    """Tell whether a Box was written into since its node was last asked for."""
    return type(thing) is Box and thing._memory is not None and thing._memory.is_written


def numbers(thing: Any) -> Any:
    """Return what NumPy would have in its place: each Box as its numbers."""
    if type(thing) is Box:
        return thing._data
    if isinstance(thing, (list, tuple)) and not hasattr(thing, "_fields"):
        return type(thing)(map(numbers, thing))
    if isinstance(thing, dict):
        return {key: numbers(value) for key, value in thing.items()}
    return thing


def nodes(thing: Any) -> Any:
    """Return an argument with each Box in it replaced by its node, where it has one."""
    if type(thing) is Box:
        node = node_of(thing)
        return thing._data if node is None else node
    if isinstance(thing, (list, tuple)):
        return type(thing)(map(nodes, thing))
    return thing


def boxes_in(thing: Any) -> list[Box]:
    """Return the Boxes within a collection."""
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
    return [box for part in parts for box in ([part] if type(part) is Box else boxes_in(part))]


def is_traced(things: Any) -> bool:
    """Tell whether a Box within a collection depends on an input."""
    return any(node_of(box) is not None for box in boxes_in(things))


def is_floats(data: Any) -> bool:
    """Tell whether it is an array, or a number, of NumPy's with real floating-point numbers."""
    return isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind == "f"


def wrap(data: Any, node: Any = None) -> Any:
    """Return a Box of floating-point numbers; whole numbers and truth values as they are."""
    if isinstance(data, (list, tuple)):
        nodes = node if isinstance(node, (list, tuple)) and len(node) == len(data) else [None] * len(data)
        return type(data)(wrap(one, made) for one, made in zip(data, nodes)) if not hasattr(data, "_fields") else data
    if not is_floats(data):
        return data
    trace = running()
    if trace is not None and data.dtype.itemsize < 8 and data.size:
        trace.is_coarse = True
    return Box(data, node)


def box_from_parts(data: Any, parts: Any) -> Any:
    """Return a Box that is put together from a nested list with Boxes in it."""
    return wrap(data, try_rule(lambda: as_node(nodes(parts), "array"), "np.array") if is_traced(parts) else None)


def _is_same_place(first: Any, second: Any) -> bool:
    if not (isinstance(first, np.ndarray) and isinstance(second, np.ndarray)):
        return False
    return first.__array_interface__ == second.__array_interface__ and first.size > 0


def try_rule(rule: Callable[[], Any], what: str, otherwise: Callable[[], Any] = lambda: None) -> Any:
    """Return the node by a rule, or by what stands in for it; where neither gives one, note that it was lost."""
    for way in (rule, otherwise):
        try:
            node = way()
        except _FAILS:
            continue
        if node is not None or way is rule:
            return node
    lose(what)
    return None


_FUNCTIONS = frozenset({
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "clip", "compress", "cumprod", "cumsum", "diagonal",
    "dot", "max", "mean", "min", "nonzero", "prod", "put", "ptp", "ravel", "repeat", "round", "searchsorted", "squeeze",
    "std", "sum", "swapaxes", "take", "trace", "var",
})  # fmt: skip
"""The methods that are the functions of the same name."""
