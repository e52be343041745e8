"""Everything of theirs as it was: their code is run, and leaves no trace."""

from __future__ import annotations

import random
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from itertools import count
from types import CellType, FunctionType
from typing import Any

import numpy as np

from .attributes import attributes, put
from .copying import is_theirs

MOST_THINGS = 3_000_000
"""So many objects are looked through; more than a graph of 100,000 nodes and its program have."""
LARGEST_ARRAY = 10_000_000

Undo = Callable[[], None]


@contextmanager
def as_they_were(root: Any, spaces: Iterable[dict[str, Any]], kinds: Iterable[type]) -> Iterator[None]:
    """In this block their code may run; afterwards all is as before.

    What is put back: whatever the graph holds, the global variables and class attributes of their code with what these
    hold, the states of `random` and of NumPy's generators, tracing, warnings. What is printed is swallowed.

    Args:
        root: of their graph.
        spaces: the global variables of their modules.
        kinds: their classes.
    """
    undo = _Snapshot(root, spaces, kinds)
    tracer, profiler = sys.gettrace(), sys.getprofile()
    plain, numpys = random.getstate(), np.random.get_state()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        if sys.gettrace() is not tracer:
            sys.settrace(tracer)
        if sys.getprofile() is not profiler:
            sys.setprofile(profiler)
        undo.put_back()
        random.setstate(plain)
        np.random.set_state(numpys)


class _Snapshot:
    """What is reachable, each thing with how it is put back."""

    def __init__(self, root: Any, spaces: Iterable[dict[str, Any]], kinds: Iterable[type]) -> None:
        self._undos: list[Undo] = []
        self._met: dict[int, Any] = {}
        self._waiting: list[Any] = [root]
        for space in spaces:
            self._undos.append(_undo_names(space))
            self._waiting += space.values()
        for kind in kinds:
            self._undos.append(_undo_class(kind))
            self._waiting += vars(kind).values()
        while self._waiting and len(self._met) < MOST_THINGS:
            self._visit(self._waiting.pop())

    def put_back(self) -> None:
        for undo in self._undos:
            undo()

    def _visit(self, thing: Any) -> None:
        if id(thing) in self._met:
            return
        kind = type(thing)
        if kind in (int, float, str, bool, type(None)):
            return
        self._met[id(thing)] = thing  # held on to, or another object could get its id
        if isinstance(thing, dict):
            self._undos.append(_undo_names(thing))
            self._waiting += thing.values()
            if any(is_theirs(key) for key in thing):
                self._waiting += thing
        elif isinstance(thing, (list, deque, set)):
            self._undos.append(_undo_items(thing))
            if not set(map(type, thing)) <= {int, float, str, bool}:
                self._waiting += thing
        elif isinstance(thing, (tuple, frozenset)):
            self._waiting += thing
        elif isinstance(thing, np.ndarray):
            self._visit_array(thing)
        elif kind is FunctionType:
            self._waiting += [*(thing.__closure__ or ()), *(thing.__defaults__ or ())]
        elif kind is CellType:
            self._visit_cell(thing)
        elif isinstance(thing, np.random.Generator):
            state = thing.bit_generator.state
            self._undos.append(lambda: setattr(thing.bit_generator, "state", state))
        elif isinstance(thing, random.Random):
            kept = thing.getstate()
            self._undos.append(lambda: thing.setstate(kept))
        elif is_theirs(thing):
            held = attributes(thing)
            self._undos.append(lambda: _put_attributes(thing, held))
            self._waiting += held.values()

    def _visit_array(self, thing: Any) -> None:
        if thing.dtype == object:
            self._waiting += thing.ravel().tolist()
        elif thing.size <= LARGEST_ARRAY and thing.flags.writeable:
            kept = thing.copy()
            self._undos.append(lambda: _put_entries(thing, kept))

    def _visit_cell(self, thing: CellType) -> None:
        try:
            held = thing.cell_contents
        except ValueError:  # empty
            return

        def undo() -> None:
            thing.cell_contents = held

        self._undos.append(undo)
        self._waiting.append(held)


def _undo_names(space: dict[Any, Any]) -> Undo:
    kept = dict(space)
    counters = _counters(kept)

    def undo() -> None:
        for name in [name for name in space if name not in kept]:
            del space[name]
        for name, held in kept.items():
            if name not in space or space[name] is not held:
                space[name] = held
        for name, numbers in counters.items():
            if _shown(kept[name]) != numbers:
                space[name] = count(*numbers)

    return undo


def _counters(space: dict[Any, Any]) -> dict[Any, list[float]]:
    """The counters among some names: what a node's id is often drawn from."""
    return {name: _shown(held) for name, held in space.items() if type(held) is count}


def _shown(counter: Any) -> list[float]:
    """What an `itertools.count` gives next, and its step where that is not 1; nothing else tells without moving it."""
    shown: str = repr(counter)
    parts = shown.removeprefix("count(").removesuffix(")").split(", ")
    return [int(part) if part.lstrip("-").isdigit() else float(part) for part in parts]


def _undo_items(collection: Any) -> Undo:
    kept = list(collection)

    def undo() -> None:
        if len(collection) == len(kept) and all(a is b for a, b in zip(collection, kept)):
            return
        collection.clear()
        (collection.update if isinstance(collection, set) else collection.extend)(kept)

    return undo


def _undo_class(kind: type) -> Undo:
    kept = dict(vars(kind))
    counters = _counters(kept)

    def undo() -> None:
        here = dict(vars(kind))
        for name in here.keys() - kept.keys():
            delattr(kind, name)
        for name, held in kept.items():
            if here.get(name, kind) is not held:
                setattr(kind, name, held)
        for name, numbers in counters.items():
            if _shown(kept[name]) != numbers:
                setattr(kind, name, count(*numbers))

    return undo


def _put_attributes(thing: Any, kept: dict[str, Any]) -> None:
    here = attributes(thing)
    for name in here.keys() - kept.keys():
        object.__delattr__(thing, name)
    for name, held in kept.items():
        if name not in here or here[name] is not held:
            put(thing, name, held)


def _put_entries(array: Any, kept: Any) -> None:
    if not np.array_equal(array, kept, equal_nan=array.dtype.kind == "f"):
        array[...] = kept
