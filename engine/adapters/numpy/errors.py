"""Why a user's backward cannot be checked, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...verdict.sentences import listed
from ..errors import CheckError

SAME, SAME_COARSE = 1e-5, 1e-3
"""How far two outputs may be apart, as a share of the largest; the second in less than double precision."""


def effect_held_back(what: str) -> CheckError:
    """Return the error of code that cannot be run again.

    Args:
        what: it would do outside this program, as in "call os.remove".
    """
    return CheckError(
        f"run again, your forward would {what}. That was held back, and without it the slopes are not known",
        "Leave it out for this check.",
    )


def not_named(given: Sequence[str], result: Any, inputs: Sequence[str]) -> CheckError:
    """Return the error of gradients that belong to no input.

    Args:
        given: the names of the numbers that came back.
        result: what came back.
    """
    what = f"{', '.join(given)}, and none of it is the gradient of an input ({', '.join(inputs)})"
    if not given:
        what = f"{_kind(result)}, and a gradient is a number or an array of numbers"
    name = next((one for one in inputs if one.isidentifier()), "W")
    return CheckError(
        f"backward gave {what}",
        f'Return a dict with the names of the inputs, as {{"{name}": d{name}}}, or the gradients in the order of the '
        "inputs.",
    )


def not_told_apart(place: int, shape: tuple[int, ...], inputs: Sequence[str]) -> CheckError:
    """Return the error of a gradient that belongs to several inputs, or to none."""
    which = _ORDINALS[place] if place < len(_ORDINALS) else f"as number {place + 1}"
    numbers = f"an array of shape {shape}" if shape else "a number"
    name = next((one for one in inputs if one.isidentifier()), "W")
    return CheckError(
        f"backward returns {numbers} {which}, which may be the gradient of any input ({listed(inputs)}), or of none",
        f'Which gradient is returned {which}? Return a dict with the names of the inputs, as {{"{name}": d{name}}}.',
    )


_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def _kind(result: Any) -> str:
    """Return what something without numbers is, by its type and the types within."""
    if result is None:
        return "None"
    if isinstance(result, np.ndarray):
        return f"an array of {result.dtype.type.__name__}"
    name = type(result).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    if not isinstance(result, (tuple, list, set, frozenset, Mapping)):
        return f"{article} {name}"
    inner = [*result.values()] if isinstance(result, Mapping) else [*result]
    if not inner:
        return f"an empty {name}"
    kinds = dict.fromkeys("None" if one is None else type(one).__name__ for one in inner)
    return f"{article} {name} that holds {listed(list(kinds))}"


def not_of_floats(leaves: Sequence[Any]) -> CheckError | None:
    """Return the error of inputs that are all whole numbers and have no gradient.

    None for others.

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
