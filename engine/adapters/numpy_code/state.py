"""What their functions can reach and change: kept as it is, and put back.

Reached are closed-over names, the global names that the code mentions, defaults, the object of a method, and whatever
stands in these: attributes, dicts, lists, arrays, random generators.
"""

from __future__ import annotations

import copy
import random
import sysconfig
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..source import code_of
from .trace import is_their_code

LARGEST = 100_000_000
"""An array of more bytes is not copied: nobody's forward writes into a whole data set."""
MOST = 20_000
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type, np.generic, np.dtype)

Put = Callable[[Any], None]


class State:
    """The places that their functions can reach, as they are now."""

    def __init__(self, *roots: Any) -> None:
        self._seen: dict[int, Any] = {}
        self._named: set[tuple[int, str]] = set()
        self._restore: list[Callable[[], None]] = []
        self.arrays: list[tuple[Any, Put]] = []
        """Each array, or tuple, that stands in a place of its own, and what puts another thing there."""
        self.owners: list[tuple[Any, dict[Any, Any]]] = []
        """Each object and dict with what it holds."""
        numpy_random, python_random = np.random.get_state(), random.getstate()
        self._restore += [lambda: np.random.set_state(numpy_random), lambda: random.setstate(python_random)]
        self._waiting: deque[Any] = deque(roots)
        while self._waiting and len(self._seen) < MOST:
            self._visit(self._waiting.popleft())

    def restore(self) -> None:
        for step in self._restore:
            step()

    def _visit(self, thing: Any) -> None:
        if isinstance(thing, _PLAIN) or id(thing) in self._seen:
            return
        self._seen[id(thing)] = thing
        if isinstance(thing, np.ndarray):
            self._keep_numbers(thing)
        elif isinstance(thing, dict):
            self._keep_dict(thing)
        elif isinstance(thing, list):
            before = list(thing)
            self._restore.append(lambda: _put_back(thing, before))
            for place, part in enumerate(before):
                self._hold(part, partial(thing.__setitem__, place))
        elif isinstance(thing, (tuple, set, frozenset)):
            self._waiting += thing
        elif isinstance(thing, np.random.Generator):
            bits = thing.bit_generator
            drawn = copy.deepcopy(bits.state)
            self._restore.append(lambda: setattr(bits, "state", drawn))
        elif isinstance(thing, np.random.RandomState):
            legacy = thing.get_state()
            self._restore.append(lambda: thing.set_state(legacy))
        elif isinstance(thing, random.Random):
            python = thing.getstate()
            self._restore.append(lambda: thing.setstate(python))
        elif not isinstance(thing, ModuleType):
            self._visit_object(thing)

    def _hold(self, part: Any, put: Put) -> None:
        if isinstance(part, (np.ndarray, tuple)):
            self.arrays.append((part, put))
        self._waiting.append(part)

    def _keep_numbers(self, array: Any) -> None:
        if array.flags.writeable and array.nbytes <= LARGEST and array.dtype != object:
            before = array.copy()
            self._restore.append(lambda: array.__setitem__(..., before))

    def _keep_dict(self, thing: Any) -> None:
        before = dict(thing)
        self._restore.append(lambda: _put_back_dict(thing, before))
        self.owners.append((thing, before))
        for key, part in before.items():
            self._hold(part, partial(thing.__setitem__, key))

    def _visit_object(self, thing: Any) -> None:
        if isinstance(thing, MethodType):
            self._waiting += [thing.__self__, thing.__func__]
            return
        if isinstance(thing, FunctionType):
            self._visit_function(thing)
            return
        held = getattr(thing, "__dict__", None)
        if isinstance(held, dict):
            before = dict(held)
            self._restore.append(lambda: _put_back_dict(held, before))
            self.owners.append((thing, before))
            for key, part in before.items():
                self._hold(part, partial(held.__setitem__, key))
        for name in _slots(type(thing)):
            if hasattr(thing, name):
                self._keep_slot(thing, name, getattr(thing, name))
        # The methods of its classes, as they may read global names.
        for kind in type(thing).__mro__[:-1]:
            self._waiting += [method for method in vars(kind).values() if isinstance(method, FunctionType)]

    def _keep_slot(self, thing: Any, name: str, value: Any) -> None:
        def put(new: Any) -> None:
            setattr(thing, name, new)

        self._restore.append(lambda: _quietly(put, value))
        self._hold(value, lambda new: _quietly(put, new))

    def _visit_function(self, function: Any) -> None:
        self._waiting += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for cell in function.__closure__ or ():
            self._keep_cell(cell)
        wrapped = getattr(function, "__wrapped__", None)
        if wrapped is not None:
            self._waiting.append(wrapped)
        code = code_of(function)
        if code is not None and is_their_code(code, function.__globals__):
            self._keep_globals(function.__globals__, set(_names(code)))

    def _keep_cell(self, cell: CellType) -> None:
        try:
            before = cell.cell_contents
        except ValueError:  # empty as yet
            return

        def put(new: Any) -> None:
            cell.cell_contents = new

        self._restore.append(lambda: put(before))
        self._hold(before, put)

    def _keep_globals(self, space: dict[str, Any], names: set[str]) -> None:
        for name in names:
            if (id(space), name) in self._named:
                continue
            self._named.add((id(space), name))
            if name not in space:
                self._restore.append(partial(space.pop, name, None))
                continue
            before = space[name]
            if isinstance(before, ModuleType):
                if not _is_library(before, space):
                    self._keep_globals(vars(before), names & set(vars(before)))
                continue
            self._restore.append(partial(space.__setitem__, name, before))
            self._hold(before, partial(space.__setitem__, name))


def _names(code: CodeType) -> Iterator[str]:
    waiting = [code]
    for part in waiting:  # it grows as it is walked
        yield from part.co_names
        waiting += [constant for constant in part.co_consts if isinstance(constant, CodeType)]


_INSTALLED = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))


def _is_library(module: ModuleType, space: dict[str, Any]) -> bool:
    """Whether a module that code with these global names uses is somebody else's: installed, and of another package."""
    package = module.__name__.partition(".")[0]
    if package in ("handgrad", "numpy"):
        return True
    file = getattr(module, "__file__", None)
    is_installed = file is None or file.startswith(_INSTALLED)
    return is_installed and package != str(space.get("__name__")).partition(".")[0]


def _slots(kind: type) -> list[str]:
    named = [vars(base).get("__slots__", ()) for base in kind.__mro__]
    return [name for names in named for name in ([names] if isinstance(names, str) else names) if name != "__dict__"]


def _quietly(put: Put, value: Any) -> None:
    try:
        put(value)
    except (AttributeError, TypeError):
        return


def _put_back(thing: list[Any], before: list[Any]) -> None:
    if len(thing) != len(before) or any(a is not b for a, b in zip(thing, before)):
        thing[:] = before


def _put_back_dict(thing: Any, before: dict[Any, Any]) -> None:
    if len(thing) != len(before) or any(key not in thing or thing[key] is not part for key, part in before.items()):
        thing.clear()
        thing.update(before)


@contextmanager
def as_before(*roots: Any) -> Iterator[State]:
    """Afterwards everything that the roots can reach is as it was."""
    state = State(*roots)
    try:
        yield state
    finally:
        state.restore()
