"""Copies of somebody's objects, with the functions among them that hold on to such objects.

`copy.deepcopy` takes a function for a constant: a copied node's closure would go on writing into the original.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

from ..repair.attributes import attributes, put
from ..repair.user_code import is_their_object


class Copies:
    """Copies that hold together: what is one object in the original is one object here."""

    def __init__(self, given: Iterable[tuple[Any, Any]] = ()) -> None:
        """Begin with stand-ins.

        Args:
            given: originals, each with what stands for it in the copies.
        """
        # The original too, or another object could get its id.
        self._made: dict[int, tuple[Any, Any]] = {id(thing): (thing, copy) for thing, copy in given}
        self._unfilled: list[tuple[Any, Any]] = []
        self._unfilled_sets: list[tuple[Any, Any]] = []
        self._kinds: set[type] = set()

    def of(self, thing: Any) -> Any:
        """The copy of a thing and of all that it holds on to."""
        self._kinds.add(type(thing))
        made = self._shell(thing)
        # Without recursion, as graphs are deep; sets last, as their items' hashes may go by what they hold.
        sets: list[tuple[Any, list[Any]]] = []
        while self._unfilled or self._unfilled_sets:
            while self._unfilled:
                self._fill(*self._unfilled.pop())
            if self._unfilled_sets:
                original, copy = self._unfilled_sets.pop()
                sets.append((copy, [self._shell(item) for item in original]))
        for copy, items in sets:
            copy.update(items)
        return made

    def _shell(self, thing: Any) -> Any:
        known = self._made.get(id(thing))
        if known is not None:
            return known[1]
        made = self._new(thing)
        if made is not thing:
            self._made[id(thing)] = (thing, made)
        return made

    def _new(self, thing: Any) -> Any:
        kind = type(thing)
        if kind in (tuple, frozenset):
            items = [self._shell(item) for item in thing]
            return kind(items) if any(new is not old for new, old in zip(items, thing)) else thing
        if isinstance(thing, tuple) and hasattr(thing, "_fields"):
            return kind._make(map(self._shell, thing))
        if kind in (list, dict, deque):
            made: Any = kind()
            self._unfilled.append((thing, made))
            return made
        if kind is set:
            emptied: set[Any] = set()
            self._unfilled_sets.append((thing, emptied))
            return emptied
        if isinstance(thing, np.ndarray):
            return self._array(thing)
        if kind is FunctionType:
            return self._function(thing)
        if kind is MethodType:
            holder = self._shell(thing.__self__)
            return thing if holder is thing.__self__ else MethodType(self._shell(thing.__func__), holder)
        if kind is partial:
            words = {name: self._shell(value) for name, value in thing.keywords.items()}
            return partial(self._shell(thing.func), *map(self._shell, thing.args), **words)
        if kind is weakref.ref:
            held = thing()
            return thing if held is None else weakref.ref(self._shell(held))
        return self._object(thing) if is_their_object(thing) else thing

    def _array(self, thing: Any) -> Any:
        copy = thing.copy()
        if thing.dtype == object:
            self._made[id(thing)] = (thing, copy)
            copy.flat = [self._shell(item) for item in thing.flat]
        return copy

    def _function(self, thing: FunctionType) -> Any:
        space = self._space(thing)
        is_closed = thing.__closure__ is None and not thing.__defaults__ and not thing.__kwdefaults__
        if is_closed and space is thing.__globals__:
            return thing
        cells = tuple(map(self._cell, thing.__closure__ or ()))
        made = FunctionType(thing.__code__, space, thing.__name__, None, cells)
        self._made[id(thing)] = (thing, made)
        made.__defaults__ = self._shell(thing.__defaults__)
        made.__kwdefaults__ = {name: self._shell(item) for name, item in (thing.__kwdefaults__ or {}).items()}
        made.__qualname__ = thing.__qualname__
        return made

    def _space(self, function: FunctionType) -> dict[str, Any]:
        """Return the global variables of a function, with copies of the objects of the same classes in them."""
        space = function.__globals__
        held = {name: space[name] for name in function.__code__.co_names if name in space}
        own = {name: one for name, one in held.items() if not self._kinds.isdisjoint(map(type, _each(one)))}
        return {**space, **{name: self._shell(one) for name, one in own.items()}} if own else space

    def _cell(self, thing: CellType) -> CellType:
        known = self._made.get(id(thing))
        if known is not None:
            cell: CellType = known[1]
            return cell
        cell = CellType()
        self._made[id(thing)] = (thing, cell)
        self._unfilled.append((thing, cell))
        return cell

    def _object(self, thing: Any) -> Any:
        try:
            made = object.__new__(type(thing))
        except TypeError:  # a class written in C
            return thing
        self._unfilled.append((thing, made))
        return made

    def _fill(self, original: Any, copy: Any) -> None:
        if isinstance(original, CellType):
            with suppress(ValueError):  # an empty cell
                copy.cell_contents = self._shell(original.cell_contents)
        elif isinstance(original, dict):
            copy.update((self._shell(key), self._shell(item)) for key, item in original.items())
        elif isinstance(original, (list, deque)):
            copy.extend(map(self._shell, original))
        else:
            for name, held in attributes(original).items():
                put(copy, name, self._shell(held))


def _each(thing: Any) -> Iterable[Any]:
    return thing if type(thing) in (list, tuple) else (thing,)
