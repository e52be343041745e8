"""What the user's functions can reach and change: kept as it is, and put back.

Reached are closed-over names, the global names that the code mentions, defaults, the object of a method, and whatever
stands in these: attributes, dicts, lists, arrays, random generators.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ...repair.attributes import put as put_attribute
from ...repair.source import code_of, codes_within
from ...repair.user_code import is_installed, is_their_code, is_theirs, package_of
from ..sandbox import Put, Snapshot

MOST = 20_000


class State(Snapshot):
    """The places that the user's functions can reach, as they are now."""

    def __init__(self, *roots: Any) -> None:
        self._named: set[tuple[int, str]] = set()
        self._spaces: dict[int, dict[str, Any]] = {}
        self.arrays: list[tuple[Any, Put]] = []
        """Each array, tuple, module or function in a place of its own, and what puts another thing there."""
        self.owners: list[tuple[Any, dict[Any, Any]]] = []
        """Each object and dict with what it holds."""
        self.loose: list[tuple[Any, dict[Any, Any]]] = []
        """The same of modules and of what functions close over."""
        self.functions: list[FunctionType] = []
        """Each user function."""
        super().__init__(roots, MOST)

    def _hold(self, part: Any, put: Put) -> None:
        if isinstance(part, (np.ndarray, tuple, ModuleType, FunctionType)):
            self.arrays.append((part, put))
        self._waiting.append(part)

    def _holds_names(self, owner: Any, held: dict[Any, Any]) -> None:
        before = dict(held)
        self.owners.append((owner, before))
        for name, part in before.items():
            self._hold(part, partial(held.__setitem__, name))

    def _holds_items(self, held: Any) -> None:
        if not isinstance(held, list):
            self._waiting += held
            return
        for place, part in enumerate(held):
            self._hold(part, partial(held.__setitem__, place))

    def _visit_object(self, thing: Any) -> None:
        if isinstance(thing, type):
            self._waiting += _methods(thing) if is_theirs({"__name__": thing.__module__}) else ()
        if isinstance(thing, (type, ModuleType)):
            return
        before = self.attributes(thing)
        named = getattr(thing, "__dict__", None)
        if isinstance(named, dict):
            self._holds_names(thing, named)
        for name in before.keys() - (named or {}).keys():
            self._hold(before[name], partial(put_attribute, thing, name))
        # The methods of its classes, as they may read global names.
        for kind in type(thing).__mro__[:-1]:
            self._waiting += _methods(kind)

    def _visit_function(self, function: FunctionType) -> None:
        self._waiting += (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            held = self.cell(cell)
            self._hold(held, partial(_fill, cell))
            self.loose.append((cell, {name: held}))
        self._waiting.append(getattr(function, "__wrapped__", None))
        code = code_of(function)
        if code is not None and is_their_code(code, function.__globals__):
            if is_their_code(function.__code__, function.__globals__):
                self.functions.append(function)
            self._keep_globals(function.__globals__, {name for one in codes_within(code) for name in one.co_names})

    def _arrays_of(self, space: dict[str, Any]) -> dict[str, Any]:
        """Return the arrays that global names stand for.

        As if a module was an object that keeps them.
        """
        if id(space) not in self._spaces:
            self._spaces[id(space)] = {}
            self.loose.append((space, self._spaces[id(space)]))
        return self._spaces[id(space)]

    def _keep_globals(self, space: dict[str, Any], names: set[str]) -> None:
        for name in names:
            if (id(space), name) in self._named:
                continue
            self._named.add((id(space), name))
            before = space.get(name)
            if isinstance(before, ModuleType):
                if not _is_library(before, space):
                    self._keep_globals(vars(before), names & set(vars(before)))
                continue
            self.names(space, [name])
            self._hold(before, partial(space.__setitem__, name))
            if isinstance(before, np.ndarray):
                self._arrays_of(space)[name] = before


def _methods(kind: type) -> list[Any]:
    """Return the functions of a class.

    The plain ones behind its properties and its class and static methods too.
    """
    held = (getattr(part, "__func__", getattr(part, "fget", part)) for part in list(vars(kind).values()))
    return [part for part in held if isinstance(part, FunctionType)]


def _fill(cell: CellType, held: Any) -> None:
    cell.cell_contents = held


def _is_library(module: ModuleType, space: dict[str, Any]) -> bool:
    """Tell whether a module used by code with these global names is somebody else's.

    It is then installed, and of another package.
    """
    if not is_theirs(vars(module)):
        return True
    return is_installed(getattr(module, "__file__", None)) and package_of(vars(module)) != package_of(space)


@contextmanager
def as_before(*roots: Any) -> Iterator[State]:
    """Put everything that the roots can reach back as it was, after this block."""
    state = State(*roots)
    try:
        yield state
    finally:
        state.put_back()
