"""Graphs of an answer that are never freed, as WebAssembly's stack is too short for freeing a deep one.

A node lets go of its operands when it goes, these of theirs, and so on: CPython counts how deep that is by the stack
that it believes to have, and a browser's worker has less. The interpreter of a run is ended afterwards, with all of it.
"""

from __future__ import annotations

from typing import Any

from handgrad import value

_kept: list[Any] = []


def keep_all() -> None:
    """Keep every node from here on that an operation on numbers makes."""
    make = object.__new__

    def keep(cls: type[Any]) -> Any:
        node = make(cls)
        _kept.append(node)
        return node

    value._new = keep
