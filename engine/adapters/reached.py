"""Which user functions a function calls, as far as their names tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

from ..repair.source import codes_within, function_behind
from ..repair.user_code import is_installed, is_theirs, package_of

MOST = 400


def find_reachable(roots: Iterable[Any], kinds: Iterable[type] = ()) -> list[FunctionType]:
    """Return some functions, and those that they call by a name.

    The names are those of their modules, of a closure, or of a class.

    Args:
        roots: functions, methods and the like; what is none of Python's is passed over.
        kinds: classes whose methods they may call.
    """
    kinds = list(kinds)
    found: dict[int, FunctionType] = {}
    waiting = list(roots)
    for thing in waiting:  # it grows as it is walked
        function = function_behind(thing)
        if function is None or id(function) in found or len(found) >= MOST:
            continue
        found[id(function)] = function
        waiting.append(getattr(function, "__wrapped__", None))
        waiting += _values_named_in(function, kinds)
    return list(own(list(found.values())))


def spaces_of(functions: Iterable[FunctionType]) -> list[dict[str, Any]]:
    """Return the global names of functions, each module's once."""
    return list({id(one.__globals__): one.__globals__ for one in functions}.values())


def _values_named_in(function: FunctionType, kinds: Sequence[type]) -> Iterator[Any]:
    names = {name for code in codes_within(function.__code__) for name in code.co_names}
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # empty
            continue
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
