"""What the diagnosis of a number tries: one use of a node, and one mistake with the number it would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .slip import Edge

if TYPE_CHECKING:
    from ..value import Value


class Use(NamedTuple):
    """One use of the node, with everything a hypothesis may mix up."""

    consumer: Value
    place: int
    local: float
    upstream: float

    @property
    def contribution(self) -> float:
        return self.local * self.upstream


class Hypothesis(NamedTuple):
    kind: str
    number: float
    clause: str
    edges: tuple[Edge, ...] = ()
    same_as: str = ""  # the kind that it only says in other words


ANYTHING = "anything"
"""As `same_as`: to be told only where nothing else gives the number."""
