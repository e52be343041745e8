"""What an entry of an array is called, and how it knows its array.

The membership of a node is kept in its label, a text with two fields more: a registry of arrays would
keep graphs alive or need a dict or a set a node. This file needs no numpy, so that a comparison can
ask whether there are arrays at all.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..value import Value


class Copies(NamedTuple):
    """Nodes that `label` made because those it was given have a name.

    `in_place` says whether they replaced the old ones in the array that was given.
    """

    named: weakref.ref[ArrayName]
    in_place: bool


class ArrayName:
    """The name and shape of a labelled array, shared by the labels of its entries.

    Attributes:
        name: the array's name.
        shape: its shape; the entries' places count along it row by row.
        copies: the latest labelled copies that were made of these nodes, by name.
    """

    __slots__ = ("name", "shape", "_array", "copies", "__weakref__")

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name = name
        self.shape = shape
        self.copies: dict[str, Copies] = {}
        self._array: weakref.ref[Any] | None = None

    @property
    def size(self) -> int:
        return prod(self.shape)

    def lives_in(self, array: Any) -> None:
        """Remember the array, weakly: it holds the nodes, and they hold this.

        An object array takes no part in Python's search for reference cycles, so that a strong
        reference back would never be freed.
        """
        self._array = weakref.ref(array)

    def shows(self, array: Any) -> bool:
        """Whether it is the named array itself, or another view of its memory."""
        named = None if self._array is None else self._array()
        return named is not None and _memory(named) == _memory(array)

    def living_nodes(self) -> list[Value]:
        """The entries that the array holds now, as long as somebody holds the array; else []."""
        array = None if self._array is None else self._array()
        if array is None:
            return []
        return [node for node in array.ravel().tolist() if array_of(node) is self]

    def index(self, place: int) -> tuple[int, ...]:
        """The index of the entry at a place."""
        found = []
        for length in reversed(self.shape):
            place, along = divmod(place, length)
            found.append(along)
        return tuple(reversed(found))

    def __repr__(self) -> str:
        return f"ArrayName({self.name!r}, {self.shape})"


class Label(str):
    """The label of an array's entry, such as `W1[0, 3]`."""

    __slots__ = ("array", "place")

    array: ArrayName
    place: int

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        # A copied or unpickled node is in nobody's array.
        return str, (str(self),)


def _memory(array: Any) -> int:
    """Where the memory of an array starts; a part of it may start later and is given as the whole."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return int(array.__array_interface__["data"][0])


def array_of(node: Any) -> ArrayName | None:
    """The labelled array that a node belongs to, None for none."""
    label = getattr(node, "label", None)
    return label.array if label.__class__ is Label else None


def has_arrays(order: Iterable[Value]) -> bool:
    """Whether any of the nodes belongs to a labelled array."""
    return any(node.label.__class__ is Label for node in order)


def labels(array: ArrayName) -> Iterator[Label]:
    """The labels of all entries, row by row."""
    new = str.__new__
    for place, text in enumerate(_texts(array)):
        label = new(Label, text)
        label.array = array
        label.place = place
        yield label


def _texts(array: ArrayName) -> Iterator[str]:
    *outer, last = ("", *array.shape)
    if not array.shape:
        yield array.name
        return
    starts = [f"{array.name}["]
    for length in outer[1:]:
        starts = [f"{start}{i}, " for start in starts for i in range(int(length))]
    ends = [f"{i}]" for i in range(int(last))]
    for start in starts:
        for end in ends:
            yield start + end
