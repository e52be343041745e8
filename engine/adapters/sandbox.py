"""User code run and no trace left: what it can change is kept before it runs, and put back afterwards."""

from __future__ import annotations

import random
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from functools import partial
from io import StringIO
from itertools import count
from mmap import mmap
from operator import delitem, setitem
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

from ..repair.effects import current
from ..repair.user_code import attributes, identity, is_their_object, spaces_of

MOST_BYTES = 100_000_000
"""An array of more is not copied: nobody's code writes into a whole data set."""
MOST_THINGS = 3_000_000
"""So many objects are looked through; more than a graph of 100,000 nodes and its program have."""

Read = Callable[[Any], dict[Any, Any]]


class Keeper:
    """How things are put back, one after the other; each is kept as it is when it is told."""

    def __init__(self) -> None:
        self._undos: list[Callable[[], None]] = []
        if (effects := current()) is not None:
            effects.hold_files()
        self._numpys, self._plain = np.random.get_state(), random.getstate()

    def put_back(self, *, is_drawn: bool = True) -> None:
        """Put all back; where nothing `is_drawn` of the global generators, not those, which is dear."""
        for undo in self._undos:
            undo()
        if is_drawn:
            np.random.set_state(self._numpys)
            random.setstate(self._plain)

    def is_drawn(self) -> bool:
        """Tell whether a random number was drawn from a global generator since."""
        return random.getstate() != self._plain or not all(map(np.array_equal, np.random.get_state(), self._numpys))

    def names(self, space: MutableMapping[Any, Any], only: Sequence[str] | None = None) -> None:
        """Keep what the names of a dict, global variables among them, are bound to, or `only` some of them."""

        def read(space: Any) -> dict[Any, Any]:
            return dict(space) if only is None else {name: space[name] for name in only if name in space}

        before = self._keep(space, read, setitem, delitem)
        if only is None:
            self._undos.append(partial(_reorder, space, before))

    def items(self, collection: Any) -> None:
        """Keep what is in a list, a deque or a set."""
        before = list(collection)

        def undo() -> None:
            if len(collection) != len(before) or any(a is not b for a, b in zip(collection, before)):
                collection.clear()
                (collection.update if isinstance(collection, set) else collection.extend)(before)

        self._undos.append(undo)

    def keep_functions(self, functions: Sequence[FunctionType]) -> list[Any]:
        """Keep what global names and closures of functions hold, and return all of that."""
        found = [self.cell(cell) for one in functions for cell in one.__closure__ or ()]
        for space in spaces_of(functions):
            self.names(space)
            found += space.values()
        for thing in filter(is_their_object, found):
            self.attributes(thing)
        return found

    def entries(self, array: Any) -> None:
        """Keep the numbers of an array, where it can be written to."""
        if array.flags.writeable and array.nbytes <= MOST_BYTES and array.dtype != object:
            before = array.copy()
            self._undos.append(lambda: None if array.tobytes() == before.tobytes() else np.copyto(array, before))

    def memory(self, file: mmap) -> None:
        """Keep what is in a file that stands in memory."""
        with suppress(ValueError):  # a closed one
            if len(file) <= MOST_BYTES:
                before = file[:]
                self._undos.append(lambda: None if file.closed or file[:] == before else file.__setitem__(_ALL, before))

    def cell(self, cell: CellType) -> Any:
        """Keep what a function has closed over, and return it; None for a cell that is empty as yet."""
        try:
            before = cell.cell_contents
        except ValueError:
            return None
        self._undos.append(partial(setattr, cell, "cell_contents", before))
        return before

    def attributes(self, thing: Any) -> dict[str, Any]:
        """Keep the attributes of an object, and return them by name."""
        return self._keep(thing, attributes, object.__setattr__, object.__delattr__)  # past whatever its class does

    def class_attributes(self, kind: type) -> None:
        """Keep the attributes of a class."""
        self._keep(kind, lambda kind: dict(vars(kind)), setattr, delattr)

    def _keep(self, thing: Any, read: Read, write: Callable[..., None], delete: Callable[..., None]) -> dict[Any, Any]:
        """Keep what the names in something stand for, counters among it: what a node's id is often drawn from."""
        before = read(thing)
        counters = {name: _next_of(one) for name, one in before.items() if type(one) is count}

        def undo() -> None:
            here = read(thing)
            for name in here.keys() - before.keys():
                delete(thing, name)
            for name, held in before.items():
                if name not in here or here[name] is not held:
                    write(thing, name, held)
            for name, numbers in counters.items():
                if _next_of(before[name]) != numbers:
                    write(thing, name, count(*numbers))

        self._undos.append(undo)
        return before

    def generator(self, thing: Any) -> bool:
        """Keep where a generator of random numbers stands; False for what is none."""
        for kind, read, write in _GENERATORS:
            if isinstance(thing, kind):
                self._undos.append(partial(write, thing, read(thing)))
                return True
        return False


_ALL = slice(None)
_GENERATORS: Sequence[tuple[Any, Callable[[Any], Any], Callable[[Any, Any], None]]] = (
    (np.random.Generator, lambda it: it.bit_generator.state, lambda it, at: setattr(it.bit_generator, "state", at)),
    (np.random.RandomState, lambda it: it.get_state(), lambda it, at: it.set_state(at)),
    (random.Random, lambda it: it.getstate(), lambda it, at: it.setstate(at)),
)


def _reorder(space: MutableMapping[Any, Any], before: Mapping[Any, Any]) -> None:
    """Put names that were deleted, and are there again, in their places: the order is part of it."""
    if list(space) != list(before):
        held = {name: space[name] for name in before}
        space.clear()
        space.update(held)


def _next_of(counter: Any) -> list[float]:
    """Return what an `itertools.count` gives next, and its step; nothing but its text tells without moving it."""
    shown: str = repr(counter)
    parts = shown.removeprefix("count(").removesuffix(")").split(", ")
    return [int(part) if part.lstrip("-").isdigit() else float(part) for part in parts]


@contextmanager
def quietly() -> Iterator[None]:
    """Print nothing and show no warning in this block; tracing is afterwards what it was."""
    tracer, profiler = sys.gettrace(), sys.getprofile()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        if sys.gettrace() is not tracer:
            sys.settrace(tracer)
        if sys.getprofile() is not profiler:
            sys.setprofile(profiler)


_PLAIN = (str, bytes, int, float, complex, bool, type(None), np.generic, np.dtype)
_PLAIN_KINDS = frozenset({int, float, str, bool, type(None)})

_OF_IMPORT = frozenset({"__builtins__", "__loader__", "__spec__"})
"""What import puts among a module's names: no part of a program, and the loader of pytest holds a whole test run."""

Put = Callable[[Any], None]


class Snapshot(Keeper):
    """All that can be reached from some things, kept: through collections, functions and the objects to look into.

    Args:
        roots: where to begin.
        most: so many things are looked at.
    """

    def __init__(self, roots: Iterable[Any], most: int) -> None:
        super().__init__()
        # Held on to, or another object could get the id of one.
        self._met: dict[int, Any] = {}
        self._waiting = deque(roots)
        while self._waiting and len(self._met) < most:
            thing = self._waiting.popleft()
            if (key := identity(thing)) not in self._met and not isinstance(thing, _PLAIN):
                self._met[key] = thing
                self._visit(thing)

    def _wait(self, things: Iterable[Any]) -> None:
        """Visit some things later; most are plain numbers and texts, which their type tells soonest."""
        self._waiting += [one for one in things if type(one) not in _PLAIN_KINDS]

    def _visit(self, thing: Any) -> None:
        """Keep what an object holds, by its kind, and have the objects in it visited later."""
        if isinstance(thing, dict):
            self.names(thing)
            self._holds_names(thing, thing)
        elif isinstance(thing, (list, deque, set)):
            self.items(thing)
            if not _PLAIN_KINDS.issuperset(map(type, thing)):
                self._holds_items(thing)
        elif isinstance(thing, (tuple, frozenset)):
            self._wait(thing)
        elif isinstance(thing, np.ndarray):
            self.entries(thing)
            self._waiting += thing.ravel().tolist() if thing.dtype == object else ()
        elif isinstance(thing, FunctionType):
            self._visit_function(thing)
        elif isinstance(thing, MethodType):
            self._waiting += (thing.__self__, thing.__func__)
        elif isinstance(thing, partial):
            self._waiting += (thing.func, thing.args, thing.keywords)
        elif isinstance(thing, mmap):
            self.memory(thing)
        elif not self.generator(thing):
            self._visit_object(thing)

    def _visit_function(self, function: FunctionType) -> None:
        cells = map(self.cell, function.__closure__ or ())
        self._wait([*cells, function.__defaults__, function.__kwdefaults__])

    def _visit_object(self, thing: Any) -> None:
        if is_their_object(thing):
            self._wait(self.attributes(thing).values())

    def _holds_names(self, owner: Any, held: dict[Any, Any]) -> None:
        """Visit what a dict, or the attributes of an object, hold under their names."""
        self._wait(thing for name, thing in held.items() if name not in _OF_IMPORT)
        self._waiting += (name for name in held if is_their_object(name))

    def _holds_items(self, held: Any) -> None:
        self._waiting += held


@contextmanager
def restore_program(root: Any, spaces: Iterable[dict[str, Any]], kinds: Sequence[type]) -> Iterator[Callable[[], None]]:
    """Let user code run in this block; afterwards, and whenever what it gives is called, all is as before.

    What is put back: whatever the graph holds, the global variables and class attributes of user code with what these
    hold, the states of `random` and of NumPy's generators, tracing, warnings. What is printed is swallowed.

    Args:
        root: of the user's graph.
        spaces: the global variables of the user's modules.
        kinds: the user's classes.
    """
    before = Snapshot([root, *spaces, *(held for kind in kinds for held in vars(kind).values())], MOST_THINGS)
    for kind in kinds:
        before.class_attributes(kind)
    try:
        with quietly():
            yield before.put_back
    finally:
        before.put_back()
