"""What the attributes of a user object hold, without calling any user code."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache, partial
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

_PLAIN = (int, float, complex, str, bytes, type(None), type, list, tuple, set, frozenset, dict, deque)
_CALLED = (FunctionType, MethodType, BuiltinFunctionType, partial, CellType, CodeType, ModuleType)
_NO_OBJECTS = (*_PLAIN, *_CALLED, np.ndarray, np.generic)


def attributes(thing: Any) -> dict[str, Any]:
    """Return its instance attributes by name, those in slots too, in the order of their definition."""
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
    names = []
    for base in reversed(kind.__mro__):
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__"):
                names.append(name)
    return tuple(names)


def put(thing: Any, name: str, held: Any) -> None:
    """Set an instance attribute past whatever its class does when one is set."""
    object.__setattr__(thing, name, held)


def is_object(thing: Any) -> bool:
    """Tell whether it is an object of some class.

    It is then no number, text, collection, array, function or class.
    """
    return not isinstance(thing, _NO_OBJECTS)


def parts(thing: Any) -> Iterator[Any]:
    """Yield what something holds.

    The items of a tuple or list, or the attributes of an object.
    """
    if isinstance(thing, (tuple, list)):
        yield from thing
    elif is_object(thing):
        yield from attributes(thing).values()
