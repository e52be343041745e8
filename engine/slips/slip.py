"""A named mistake."""

from __future__ import annotations

from dataclasses import dataclass
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
    """

    kind: str
    message: str
    also: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return kind, message and the other kinds, as JSON can hold them."""
        return {"kind": self.kind, "message": self.message, "also": list(self.also)}


def message_of(name: str, best: str, rival: str = "", what: str = "this number") -> str:
    """Return the sentence of a slip: one explanation, or two that give the same."""
    if not rival:
        return f"{name}: {best}"
    return f"{name}: more than one mistake gives {what}. Either {best} Or {rival}"


def no_number(name: str, grad: Any) -> Slip:
    """Return the slip of a grad that is nan, infinite, or no number at all."""
    if isinstance(grad, (int, float)) and not isinstance(grad, bool):
        return Slip("not-finite", f"The gradient of {name} is {grad!r:.24}. It must be a finite number.")
    kind = type(grad).__name__
    article = "an" if kind[0] in "aeiouAEIOU" else "a"
    advice = ", such as v.data or v.grad of the node you mean." if kind == "Value" else "."
    return Slip("not-a-number", f"The gradient of {name} is {article} {kind}, not a number. Write a float{advice}")
