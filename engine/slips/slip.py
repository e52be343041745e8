"""A named mistake, and a wrong local derivative that people write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..value import Value

Edge = tuple["Value", int]
"""One use of a node: (consumer, which operand of it)."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A named mistake.

    Attributes:
        kind: which mistake it is.
        message: one or two sentences to the learner; never the right number.
        also: other kinds that give the same number here.
        edges: the uses that were left out, as (consumer, which operand of it): of the node, or of a step on the way.
        shared: what is the same at each of several nodes with this mistake; "" where it is made at one.
    """

    kind: str
    message: str
    also: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    shared: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return kind, message and the other kinds, as JSON can hold them."""
        return {"kind": self.kind, "message": self.message, "also": list(self.also)}


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """One way in which people get an operation's local derivative wrong.

    Attributes:
        operand: which input's derivative it concerns, from 0.
        words: the wrong derivative as they write it, with {x} (or {a} and {b}) for the inputs and {y} for the output.
        local: (inputs..., output) -> the number they get, or for arrays that of each entry; it may raise
            ArithmeticError or ValueError.
        question: what to ask them, with the same letters; it must not give the right rule away.
    """

    operand: int
    words: str
    local: Callable[..., Any] = field(repr=False)
    question: str
