"""The arrays and numbers that variables lead to, each by the path under which a person writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

DEEPEST, MOST = 7, 4_000
"""So deep, and at so many things, one looks."""

LONGEST = 300
"""A list of more things holds data, and no parameters."""

_SKIPPED = (str, bytes, bool, complex, type, ModuleType, FunctionType, MethodType)


class Place(NamedTuple):
    """Where a number or an array stands.

    Attributes:
        path: as it is written: "net.layers[0].W".
        owner: the path of what holds it.
        key: its name, key or place in that.
        value: the number or the array.
        put: puts another thing there.
    """

    path: str
    owner: str
    key: Any
    value: Any
    put: Callable[[Any], None]


def places(
    space: dict[str, Any], names: Mapping[str, Any] | None = None, is_held: Callable[[Any], bool] | None = None
) -> dict[str, Place]:
    """Return what some variables lead to by path, each array once, under its shortest path.

    Args:
        is_held: tells what is one of these; by default a number, and an array of floating point.
    """
    is_held = is_held or is_number
    found: dict[str, Place] = {}
    met: set[int] = set()
    waiting: list[tuple[str, Any, Callable[[Any], None], int]] = []

    def hold(path: str, owner: str, key: Any, value: Any, put: Callable[[Any], None], depth: int) -> None:
        if isinstance(value, _SKIPPED) or value is None or len(found) > MOST:
            return
        if is_held(value):
            if isinstance(value, np.ndarray):
                if id(value) in met:
                    return
                met.add(id(value))
            found[path] = Place(path, owner, key, value, put)
        elif not isinstance(value, (np.generic, np.ndarray)) and id(value) not in met and depth < DEEPEST:
            met.add(id(value))
            waiting.append((path, value, put, depth + 1))

    for name, value in (space if names is None else names).items():
        if not name.startswith("__"):
            hold(name, "", name, value, partial(space.__setitem__, name), 0)
    while waiting:
        path, thing, put_thing, depth = waiting.pop(0)
        for written, key, value, put in _parts(path, thing, put_thing):
            hold(written, path, key, value, put, depth)
    return found


def is_number(value: Any) -> bool:
    """Return whether it is a number, or an array of floating point."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f"
    return isinstance(value, (int, float, np.floating)) and not isinstance(value, bool)


def _parts(
    path: str, thing: Any, put_thing: Callable[[Any], None]
) -> Iterator[tuple[str, Any, Any, Callable[[Any], None]]]:
    if isinstance(thing, dict):
        for key, value in list(thing.items()):
            yield f"{path}[{key!r}]", key, value, partial(thing.__setitem__, key)
    elif isinstance(thing, (list, tuple)):
        own = list(thing) if isinstance(thing, tuple) else thing

        def put(place: int, value: Any) -> None:
            own[place] = value
            if own is not thing:  # a tuple is not changed: another one stands in its place
                put_thing(thing._make(own) if hasattr(thing, "_make") else tuple(own))

        for place, value in enumerate(thing if len(thing) <= LONGEST else ()):
            yield f"{path}[{place}]", place, value, partial(put, place)
    elif isinstance(getattr(thing, "__dict__", None), dict) and type(thing).__module__ != "numpy":
        for name, value in list(vars(thing).items()):
            yield f"{path}.{name}", name, value, partial(setattr, thing, name)


def same(one: Any, other: Any) -> bool:
    """Return whether two are the same numbers."""
    return np.shape(one) == np.shape(other) and bool(np.array_equal(one, other, equal_nan=True))


def value_at(path: str, space: Mapping[str, Any]) -> Any:
    """Return what stands at a path now; None where nothing does."""
    try:
        return eval(path, {"__builtins__": {}}, space)
    except Exception:  # an attribute or a key is gone
        return None


def owner_of(path: str) -> str:
    """Return the path of what holds a thing."""
    return path[: len(path) - len(_last_part(path))]


def name_of(path: str) -> str:
    """Return the last name, key or place in a path."""
    return _last_part(path).strip(".[]'\"")


def last_name(path: str) -> str:
    """Return the last name in a path; "" where there is none."""
    found = re.findall(r"[A-Za-z_]\w*", path)
    return found[-1] if found else ""


def _last_part(path: str) -> str:
    found = re.search(r"(\.\w+|\[[^\[\]]*\]|\w+)$", path)
    return found[0] if found else path
