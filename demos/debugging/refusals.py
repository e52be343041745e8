"""Why a file could not be checked: what was found in it, what was not, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from handgrad.names import listed

from .losses import Loss
from .observing import Call
from .readings import describe
from .record import Gradient, Record
from .training_code import called_body

NAME_THEM = "name two functions of yours with --forward, --backward and --inputs"


@dataclass
class Attempt:
    """A turn that was run again.

    Attributes:
        record: of it.
        gradients: what was taken for the gradients of what it moves.
        refused: the losses that none of them is of, as far as that can be known.
        doubts: those of which one is wrong, and a guessed loss does not say which.
    """

    record: Record
    gradients: Sequence[Gradient]
    refused: list[Loss] = field(default_factory=list)
    doubts: Sequence[str] = ()


def explain_refusal(attempts: Sequence[Attempt], backwards: Sequence[Call]) -> str:
    """Return why nothing was checked; "" where nothing was found to speak of."""
    moving = [one for one in attempts if one.record.moved]
    if moving:
        return _explain_turn(max(moving, key=lambda one: (len(one.gradients), len(one.refused), len(one.record.moved))))
    if backwards:
        back = describe(backwards[0])
        return (
            f"{back} ran, and no call before it looks like its forward. Call that forward, as in predict for predict_"
            f"backward, or {NAME_THEM}."
        )
    return ""


def _explain_turn(attempt: Attempt) -> str:
    where = called_body(attempt.record.turn.body)
    if not attempt.gradients:
        moved = listed(one.path for one in attempt.record.moved)
        return (
            f"{where} changes {moved}, and nothing was found that is the gradient of it. Keep each gradient in a "
            f"variable, as dW for W, or {NAME_THEM}."
        )
    known = listed(f"{one.of.path} by {one.path}" if one.path else one.of.path for one in attempt.gradients)
    if attempt.doubts:
        return (
            f"{where} computes no loss, and of those that may be meant none fits {listed(attempt.doubts)} together: "
            "one of these gradients is wrong, or another loss is meant. Assign it to a variable called loss in there, "
            f"or {NAME_THEM}."
        )
    refused = [one for one in attempt.refused if not one.is_meant]
    if not refused:
        return (
            f"{where} moves {known}, and computes no loss that these are the gradients of. Assign it to a variable "
            f"called loss in there, or {NAME_THEM}."
        )
    losses = listed(f"{one.text} (line {one.line})" for one in refused)
    return (
        f"{where} moves {known}, and no gradient among these is one of {losses}: if that is another loss, assign the "
        f"right one to a variable called loss in there, or {NAME_THEM}."
    )
