"""Functions of theirs: what a closure holds on to, and the function that made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from inspect import Parameter, signature
from types import CodeType, FunctionType, MethodType
from typing import Any

from ...repair.attributes import is_object
from ...repair.source import function_behind


def captured(function: FunctionType) -> dict[str, Any]:
    """What a closure holds on to by name, its defaults among it (`lambda self=self: ...`)."""
    found: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # empty
            continue
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    found.update(zip(reversed(names), reversed(function.__defaults__ or ())))
    found.update(function.__kwdefaults__ or {})
    return found


def held_by(rule: Any) -> dict[str, Any]:
    """What a rule holds on to by name: a function, a partial or a method, or a tuple of them."""
    found: dict[str, Any] = {}
    if isinstance(rule, tuple):  # one an operand
        for one in rule:
            found.update(held_by(one))
        return found
    if isinstance(rule, partial):
        found.update({f"argument {place}": held for place, held in enumerate(rule.args)})
        found.update(rule.keywords)
    if isinstance(rule, MethodType) and is_object(rule.__self__):
        found["self"] = rule.__self__
    function = function_behind(rule)
    if function is not None:
        found.update(captured(function))
    return found


def is_constructor(function: Any) -> bool:
    """Whether it is the `__init__` of a class."""
    return getattr(function, "__name__", "") == "__init__"


def required(function: Any) -> int | None:
    """How many arguments it cannot be called without; None where that cannot be told."""
    plain = function.__func__ if isinstance(function, MethodType) else function
    if isinstance(plain, FunctionType) and not vars(plain):  # as its signature says, in a tenth of the time
        count = plain.__code__.co_argcount - len(plain.__defaults__ or ())
        return max(count - isinstance(function, MethodType), 0)
    try:
        given = signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return sum(one.default is one.empty and one.kind in _POSITIONAL for one in given)


_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def functions_of(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """The functions of a class and of the classes it derives from, by name, its own first."""
    met = set()
    for base in kind.__mro__[:-1]:
        for name, held in vars(base).items():
            function = function_behind(held)
            if function is not None and name not in met:
                met.add(name)
                yield name, function


def spaces_of(kind: type) -> Iterator[dict[str, Any]]:
    """The global variables of the modules that a class and those it derives from are written in."""
    met: dict[int, dict[str, Any]] = {}
    for _, function in functions_of(kind):
        met.setdefault(id(function.__globals__), function.__globals__)
    yield from met.values()


def maker_of(rule: FunctionType, kinds: Iterable[type]) -> FunctionType | None:
    """The function in which a closure was written, with the very things that the closure shares with it.

    Args:
        kinds: the classes in which to look first; then the closure's module is looked through.
    """
    cells = dict(zip(rule.__code__.co_freevars, rule.__closure__ or ()))
    for function in _candidates(rule, kinds):
        if rule.__code__ not in function.__code__.co_consts:
            continue
        shared = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        if all(cells.get(name, cell) is cell for name, cell in shared.items()):
            return function
    return None


def _candidates(rule: FunctionType, kinds: Iterable[type]) -> Iterator[FunctionType]:
    waiting: list[Any] = [function for kind in kinds for _, function in functions_of(kind)]
    for held in list(rule.__globals__.values()):
        if isinstance(held, type) and held.__module__ == rule.__module__:
            waiting += [function for _, function in functions_of(held)]
        elif (function := function_behind(held)) is not None:
            waiting.append(function)
    met: set[int] = set()
    for function in waiting:  # it grows as it is walked: what a decorator wraps lies in its closure
        if id(function) in met:
            continue
        met.add(id(function))
        yield function
        waiting += [one for held in captured(function).values() if (one := function_behind(held)) is not None]


def codes_in(thing: Any) -> tuple[CodeType, ...]:
    """The code of what a rule leaves its work to: of a function, or of a class or an object with a `backward`."""
    function = function_behind(thing)
    if function is not None:
        return (function.__code__,)
    if isinstance(thing, (list, tuple)):
        return tuple(code for one in thing[:4] for code in codes_in(one))
    if isinstance(thing, type) or is_object(thing):
        found = (function_behind(getattr(thing, name, None)) for name in ("backward", "_backward", "grad", "vjp"))
        return tuple(one.__code__ for one in found if one is not None)
    return ()
