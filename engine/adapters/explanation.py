"""The slip of a rule that an experiment has repaired: what its numbers say, with what the repair says."""

from __future__ import annotations

from ..repair.proof import Cause
from ..slips.slip import Slip


def slip_with(cause: Cause, slip: Slip, name: str, unexplained: str) -> Slip:
    """Return a slip with what its cause adds.

    Where nothing explains the numbers, the cause says what is wrong.

    Args:
        name: of what is wrong.
        unexplained: the message of a slip that nothing explains.
    """
    if slip.message == unexplained:
        return Slip(cause.kind, f"{name}: {cause.hint}{cause.otherwise}")
    also = dict.fromkeys([*slip.also, *([cause.kind] if cause.kind != slip.kind else [])])
    return Slip(slip.kind, slip.message + cause.otherwise, tuple(also))
