"""Why somebody's backward cannot be checked, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import HandgradError

SAME, SAME_COARSE = 1e-5, 1e-3
"""How far two outputs may be apart, as a share of the largest; the second in less than double precision."""


class CheckError(HandgradError, ValueError):
    """check_backward cannot tell what it is to check.

    Args:
        what: what it met, as the end of a sentence.
        instead: what to do, as a sentence.
    """

    said = "check_backward"

    def __init__(self, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(f"{self.said}: {what}. {instead}")


class TheirError(HandgradError, RuntimeError):
    """One of their functions raised an error; it stands in `__cause__`."""

    def __init__(self, function: str, error: BaseException, where: str = "") -> None:
        self.function, self.error, self.where = function, error, where
        at = f" at {where}" if where else ""
        super().__init__(f"check_backward: {function} raised {type(error).__name__}{at}: {error}")


def not_named(given: Sequence[str], inputs: Sequence[str]) -> CheckError:
    """The error of gradients that belong to no input."""
    what = f"{', '.join(given)}" if given else "nothing"
    return CheckError(
        f"backward gave {what}, and none of it is the gradient of an input ({', '.join(inputs)})",
        'Return a dict with the names of the inputs, as {"W": dW}, or the gradients in the order of the inputs.',
    )


def not_of_floats(leaves: Sequence[Any]) -> CheckError | None:
    """The error of inputs of which none has a gradient, as they are whole or complex numbers; None for others.

    Args:
        leaves: see `inputs.Leaf`.
    """
    kinds = {one.name: np.asarray(one.value).dtype for one in leaves}
    name, kind = next(iter(kinds.items()), ("", None))
    if kind is None or any(one.kind not in "iu" for one in kinds.values()):
        return None
    return CheckError(
        f"{name} holds whole numbers ({kind}), and a gradient is of what can move a little",
        f"Give it as floating point: {name}.astype(float).",
    )


def refuse_complex(leaves: Sequence[Any]) -> None:
    """Refuse a gradient of complex numbers.

    Args:
        leaves: what gradients are of, see `inputs.Leaf`.

    Raises:
        CheckError: one of them holds some.
    """
    for one in leaves:
        kind = np.asarray(one.value).dtype
        if kind.kind == "c":
            raise CheckError(
                f"{one.name} holds complex numbers ({kind}), and the gradients are those of real ones",
                "Give its real and its imaginary part as two inputs.",
            )


def refuse_unlike(theirs: Any, other: Any) -> None:
    """Refuse a reference whose output is not the forward's.

    Raises:
        CheckError: it has another shape, or another number somewhere.
    """
    instead = "Give a reference that computes the same output from the same inputs."
    if theirs is None or other is None or np.shape(theirs) != np.shape(other):
        has = "nothing" if other is None else f"an output of shape {np.shape(other)}"
        raise CheckError(f"reference gives {has}, and forward one of shape {np.shape(theirs)}", instead)
    first, second = np.asarray(theirs, dtype=float), np.asarray(other, dtype=float)
    share = SAME if min(np.asarray(one).dtype.itemsize for one in (theirs, other)) >= 8 else SAME_COARSE
    off = np.abs(first - second)
    if not off.size or off.max() <= share * max(float(np.abs(first).max()), 1e-12):
        return
    at = np.unravel_index(int(np.argmax(off)), off.shape)
    where = f" at [{', '.join(map(str, at))}]" if at else ""
    raise CheckError(f"reference gives {second[at]:.6g}{where}, and forward {first[at]:.6g}", instead)
