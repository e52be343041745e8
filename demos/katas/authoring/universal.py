"""Answers that fit everything: a solution whose results are replaced, to find the tests that would take them.

`array == pytest.approx(3.0)` and `np.allclose(array, 3.0)` hold for an array of no entries, a loop over an empty dict
checks nothing, and a class of one's own decides itself what it equals.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad import Value
from handgrad.graph import topological_order

CALLED = "called {name}, which gave {what}"
"""What an answer prints where it only looks on."""

REPLACED = "replaced what {name} gave"
"""What an answer prints where it has."""

NUMBERS, SEVERAL = "numbers alone", "a list, a tuple or a dict"


class Anything(float):
    """Equals everything, is larger and smaller than everything, and stays itself whatever is done with it."""

    def _itself(self, *_: Any, **__: Any) -> Any:
        return self

    def _yes(self, *_: Any, **__: Any) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = __array_function__ = _yes
    __hash__ = float.__hash__
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _itself
    __neg__ = __abs__ = __round__ = __call__ = __getitem__ = __array_ufunc__ = _itself


def _is_number(thing: Any) -> bool:
    return isinstance(thing, (float, int, np.number, np.ndarray)) and not isinstance(thing, bool)


def _empty(thing: Any) -> Any:
    return np.zeros(0) if _is_number(thing) else thing


def _zeros(thing: Any) -> Any:
    return np.zeros_like(thing) if isinstance(thing, np.ndarray) else type(thing)(0) if _is_number(thing) else thing


def _nan(thing: Any) -> Any:
    if isinstance(thing, np.ndarray):
        return np.full(thing.shape, np.nan)
    return float("nan") if _is_number(thing) else thing


def _anything(thing: Any) -> Any:
    return thing if thing is None else Anything()


def _map_nested(leaf: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function on every number and array in lists, tuples and dicts."""

    def replace(thing: Any) -> Any:
        if isinstance(thing, dict):
            return {key: replace(value) for key, value in thing.items()}
        if isinstance(thing, (list, tuple)):
            return type(thing)(map(replace, thing))
        return leaf(thing)

    return replace


def _none_at_all(thing: Any) -> Any:
    return type(thing)() if isinstance(thing, (list, tuple, dict)) else thing


@dataclass(frozen=True)
class Kind:
    """A kind of universal answer.

    Attributes:
        replace: what takes a thing's place.
        advice: what a test should do about it.
        is_for_several: whether it differs from the others only where a function gives a list, a tuple or a dict.
    """

    replace: Callable[[Any], Any]
    advice: str
    is_for_several: bool = False


KINDS = {
    "an empty array for each number": Kind(_map_nested(_empty), "compare the shape too: np.shape(found) == ()"),
    "zeros": Kind(_map_nested(_zeros), "take inputs for which something else comes out"),
    "NaN for each number": Kind(_map_nested(_nan), "say what must hold, not what must not: nan > 0.1 is false"),
    "an object that equals everything for each thing": Kind(
        _map_nested(_anything), "make a plain number of each: float(found)"
    ),
    "one object that equals everything": Kind(_anything, "compare the type too", is_for_several=True),
    "an empty list, tuple or dict": Kind(_none_at_all, "ask for each thing by its place or its name", True),
}
"""The kinds, in words."""


def replace_results(names: dict[str, Any], name: str, kind: str) -> None:
    """Have a function of a solution return answers that fit everything when others call it.

    Args:
        names: the solution's globals.
        name: of the function in them, or of a dict of functions.
        kind: of `KINDS`.
    """
    replace = KINDS[kind].replace

    def spoil(given: Any, filled: dict[Value, Any]) -> Any:
        result = replace(given)
        is_other = repr(result) != repr(given)
        for node, grad in filled.items():
            node.grad = replace(grad)
            is_other = is_other or node.grad is not grad
        if is_other:
            _tell(REPLACED.format(name=name))
        return result

    _wrap(names, name, spoil)


@functools.cache  # once: only the end of what an answer prints is kept
def _tell(words: str) -> None:
    print(words)


def report_calls(names: dict[str, Any], name: str) -> None:
    """Have a function of a solution report when others call it."""

    def tell(given: Any, _: dict[Value, Any]) -> Any:
        _tell(CALLED.format(name=name, what=SEVERAL if isinstance(given, (list, tuple, dict)) else NUMBERS))
        return given

    _wrap(names, name, tell)


def _wrap(names: dict[str, Any], name: str, then: Callable[[Any, dict[Value, Any]], Any]) -> None:
    """Do something with what a function returned, and with the gradients filled in."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if sys._getframe(1).f_globals is names:
                return function(*args, **kwargs)
            before = {node: node.grad for node in _nodes_in([*args, *kwargs.values()])}
            given = function(*args, **kwargs)
            return then(given, {node: node.grad for node, grad in before.items() if node.grad is not grad})

        return wrapper

    thing = names[name]
    names[name] = {key: wrap(value) for key, value in thing.items()} if isinstance(thing, dict) else wrap(thing)


def _nodes_in(things: Iterable[Any]) -> Iterator[Value]:
    """Yield the nodes in some things, with all that these were made from."""
    found: dict[Value, None] = {}
    for thing in things:
        if isinstance(thing, Value):
            if thing not in found:
                found.update(dict.fromkeys(topological_order(thing)))
        elif isinstance(thing, (list, tuple)):
            found.update(dict.fromkeys(_nodes_in(thing)))
        elif isinstance(thing, dict):
            found.update(dict.fromkeys(_nodes_in(thing.values())))
    return iter(found)
