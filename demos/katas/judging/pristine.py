"""Whether an answer has changed what judges it, as far as that can be seen from the same process."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, NamedTuple

_JUDGING = (
    "json",
    "json.encoder",
    "math",
    "handgrad.testing",
    "handgrad.manual",
    "handgrad.number",
    "handgrad.gradients",
    "handgrad.autodiff",
    "handgrad.comparator",
    "handgrad.verdict.comparison",
    "handgrad.verdict.judge",
    "handgrad.verdict.rounding",
    "handgrad.demos.katas.checking",
)
"""Modules whose functions a verdict goes through; those that are not loaded do not take part in it."""


class _Part(NamedTuple):
    """Something that is called, and the code and defaults of it and of all that it is wrapped around."""

    thing: Any
    inside: tuple[Any, ...]


class Pristine:
    """What judges, as it was before the answer was loaded."""

    def __init__(self) -> None:
        self._before = dict(_parts())

    def list_changes(self) -> list[str]:
        """Return the names of what is not as it was, such as "json.dumps"."""
        now = dict(_parts())
        return [name for name, part in self._before.items() if not _is_same(part, now.get(name))]


def _parts() -> list[tuple[str, _Part]]:
    found = []
    for module in _JUDGING:
        for name, thing in vars(sys.modules[module]).items() if module in sys.modules else ():
            found += [(f"{module}.{name}", _part(thing))] if callable(thing) else []
            if isinstance(thing, type) and thing.__module__ == module:
                found += [(f"{module}.{name}.{each}", _part(inner)) for each, inner in vars(thing).items()]
    return found


def _part(thing: Any) -> _Part:
    inside: list[Any] = []
    plain = getattr(thing, "__func__", getattr(thing, "fget", None) or thing)
    while isinstance(plain, FunctionType):
        inside += [plain.__code__, plain.__defaults__, dict(plain.__kwdefaults__ or {})]
        plain = vars(plain).get("__wrapped__")
    return _Part(thing, tuple(inside))


def _is_same(before: _Part, now: _Part | None) -> bool:
    if now is None:
        return False
    # A cache or a counter on a class is no function: only what is called may not be another.
    if not before.inside and not callable(before.thing):
        return True
    return before.thing is now.thing and before.inside == now.inside
