"""Whose code it is: the user's, an installed library's or Python's own; what it calls, and what its objects hold."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import lru_cache, partial
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from .source import codes_within, function_behind

_PLAIN = (int, float, complex, str, bytes, type(None), type, list, tuple, set, frozenset, dict, deque)
_CALLED = (FunctionType, MethodType, BuiltinFunctionType, partial, CellType, CodeType, ModuleType)
_NO_OBJECTS = (*_PLAIN, *_CALLED, np.ndarray, np.generic)
_is_object_class: Callable[[Any], bool] = lru_cache(4096)(lambda kind: not issubclass(kind, _NO_OBJECTS))
_PATHS = sysconfig.get_paths()
_PYTHON = tuple(os.path.join(_PATHS[name], "") for name in ("stdlib", "platstdlib"))
_INSTALLED = (*_PYTHON, *(os.path.join(_PATHS[name], "") for name in ("purelib", "platlib")))
_LIBRARIES = frozenset({"numpy", "scipy", "torch", "handgrad", "_pytest", "pluggy"})
MOST_REACHED = 400
_MADE_BY_CLASS = 1 << 9
"""The flag of a class that a `class` statement has made (Py_TPFLAGS_HEAPTYPE)."""


def package_of(names: Mapping[str, Any]) -> str:
    """Return the package of the code that has these global names."""
    return str(names.get("__name__", "")).partition(".")[0]


def is_installed(file: str | None) -> bool:
    """Tell whether a file is of Python, or of what was installed with it, as code without a file is."""
    return file is None or file.startswith(_INSTALLED)


def is_theirs(names: Mapping[str, Any]) -> bool:
    """Tell whether the global names are neither ours nor of a library that numbers go through."""
    return package_of(names) not in _LIBRARIES


def is_their_code(code: CodeType, names: Mapping[str, Any]) -> bool:
    """Tell whether code is the user's, or of an installed package, and not Python's own."""
    return is_theirs(names) and not _is_pythons(code.co_filename)


def is_their_object(thing: Any) -> bool:
    """Tell whether it is an object of a class that neither Python nor a library of numbers brings."""
    kind: Any = type(thing)
    return is_object(thing) and _is_their_class(kind)


def is_object(thing: Any) -> bool:
    """Tell whether it is no number, text, collection, array, function or class."""
    return _is_object_class(type(thing))


def _is_pythons(file: str) -> bool:
    return file.startswith("<frozen") or (file.startswith(_PYTHON) and "-packages" not in file)


@lru_cache(maxsize=4096)
def _is_their_class(kind: Any) -> bool:
    """Tell whether a class is the user's own, and not Python's or a package's."""
    module = str(getattr(kind, "__module__", ""))
    if module == "builtins":  # where code runs without a module's name, its classes say so too
        return bool(kind.__flags__ & _MADE_BY_CLASS)
    if issubclass(kind, Enum) or not is_theirs({"__name__": module}):
        return False
    # A file of theirs may have the name of one of Python's.
    file = getattr(sys.modules.get(module), "__file__", None) or "<frozen>"
    is_named_as_pythons = module.partition(".")[0] in sys.stdlib_module_names
    return module == "__main__" or not is_named_as_pythons or not _is_pythons(file)


identity: Callable[[object], int] = object.__hash__
"""Tell an object from others, as `id` does, each call of which is an event, and dear where effects are held back."""


def attributes(thing: Any) -> dict[str, Any]:
    """Return its instance attributes by name, those in slots too, without calling any user code."""
    found: dict[str, Any] = {}
    kind: Any = type(thing)
    for name in _slots(kind):
        try:
            found[name] = object.__getattribute__(thing, name)
        except AttributeError:  # not filled
            continue
    found.update(getattr(thing, "__dict__", {}))
    return found


@lru_cache(maxsize=256)
def _slots(kind: Any) -> tuple[str, ...]:
    """Return the names of a class's slots, private ones as Python mangles them."""
    names = []
    for base in reversed(kind.__mro__):
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__"):
                names.append(name)
    return tuple(names)


def find_reachable(roots: Iterable[Any], kinds: Sequence[type] = ()) -> list[FunctionType]:
    """Return some functions, and those that they call by a name.

    The names are those of their modules, of a closure, or of a class.

    Args:
        roots: functions, methods and the like; what is none of Python's is passed over.
        kinds: classes whose methods they may call.
    """
    found: dict[int, FunctionType] = {}
    waiting = list(roots)
    for thing in waiting:  # it grows as it is walked
        function = function_behind(thing)
        if function is None or id(function) in found or len(found) >= MOST_REACHED:
            continue
        found[id(function)] = function
        waiting += [getattr(function, "__wrapped__", None), *closure_of(function).values()]
        first = next(iter(found.values()))
        if function in own([first, function]):  # what a library's function calls by a name is none of theirs
            waiting += values_named_in(function, kinds)
    return list(own(list(found.values())))


def spaces_of(functions: Iterable[FunctionType]) -> list[dict[str, Any]]:
    """Return the global names of functions, each module's once."""
    return list({id(one.__globals__): one.__globals__ for one in functions}.values())


def closure_of(function: FunctionType) -> dict[str, Any]:
    """Return what a function has closed over, by its names, but for what is empty as yet."""
    found: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        with suppress(ValueError):
            found[name] = cell.cell_contents
    return found


def values_named_in(function: FunctionType, kinds: Sequence[type] = ()) -> Iterator[Any]:
    """Yield what a function's code may refer to: its closure, its globals, and attributes of some classes."""
    names = dict.fromkeys(name for code in codes_within(function.__code__) for name in code.co_names)
    yield from closure_of(function).values()
    for name in names:
        held = function.__globals__.get(name)
        if isinstance(held, ModuleType):
            yield from (vars(held).get(one) for one in names)
        else:
            yield held
        yield from (vars(base).get(name) for kind in kinds for base in kind.__mro__[:-1])


def own(functions: Sequence[FunctionType]) -> Iterator[FunctionType]:
    """Yield the functions that are neither ours nor of an installed package.

    Those of the package that the first is of stay.
    """
    packages = {package_of(one.__globals__) for one in functions[:1]}
    for one in functions:
        is_own = not is_installed(one.__code__.co_filename) and is_theirs(one.__globals__)
        if is_own or package_of(one.__globals__) in packages:
            yield one
