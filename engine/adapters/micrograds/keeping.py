"""Everything of theirs as it was: their code is run, and leaves no trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..keeping import Snapshot, quietly
from .copying import is_theirs

MOST_THINGS = 3_000_000
"""So many objects are looked through; more than a graph of 100,000 nodes and its program have."""


@contextmanager
def as_they_were(root: Any, spaces: Iterable[dict[str, Any]], kinds: Iterable[type]) -> Iterator[None]:
    """In this block their code may run; afterwards all is as before.

    What is put back: whatever the graph holds, the global variables and class attributes of their code with what these
    hold, the states of `random` and of NumPy's generators, tracing, warnings. What is printed is swallowed.

    Args:
        root: of their graph.
        spaces: the global variables of their modules.
        kinds: their classes.
    """
    before = _Snapshot((root, *spaces), kinds)
    try:
        with quietly():
            yield
    finally:
        before.put_back()


class _Snapshot(Snapshot):
    """A graph and its program."""

    def __init__(self, roots: Iterable[Any], kinds: Iterable[type]) -> None:
        kinds = list(kinds)
        super().__init__([*roots, *(held for kind in kinds for held in vars(kind).values())], MOST_THINGS)
        for kind in kinds:
            self.of_class(kind)

    def _visit_object(self, thing: Any) -> None:
        if is_theirs(thing):
            self._waiting += self.attributes(thing).values()

    def _holds_names(self, owner: Any, held: dict[Any, Any]) -> None:
        super()._holds_names(owner, held)
        self._waiting += (name for name in held if is_theirs(name))
