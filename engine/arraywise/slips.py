"""Which mistake makes the numbers of a WRONG array.

As for a single node (see `diagnose`), each hypothesis computes what the learner would have got by one mistake, from the
learner's own numbers nearer the output; the first that gives the numbers written is the slip.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..diagnose import Slip
from ..number import finite_or_none
from .hypotheses import Guess, of_the_layers, of_the_layout, of_the_uses, of_the_whole
from .region import Region
from .sweep import Floats

if TYPE_CHECKING:
    from .comparison import ArrayComparison, ArrayResult


def diagnose_array(result: ArrayResult, comparison: ArrayComparison) -> Slip | None:
    """The slip that explains a WRONG array, None where nothing does."""
    nothing = _no_number(result)
    if nothing is not None:
        return nothing
    region = Region(result, comparison)
    rows = np.argsort(result.member.entries, kind="stable")
    nodes = result.member.nodes[rows]
    written = comparison.numbers[nodes]
    found: list[Guess] = []
    with np.errstate(all="ignore"):
        for guess in _guesses(region, written):
            if guess.kind not in {other.kind for other in found} and _fits(guess.numbers, written, region.size):
                found.append(guess)
    if not found:
        return None
    best, *others = found
    rivals = [other for other in others if other.kind not in best.covers]
    message = f"{result.name}: {best.clause}"
    if rivals:
        either = f"Either {best.clause} Or {rivals[0].clause}"
        message = f"{result.name}: more than one mistake gives these numbers. {either}"
    return Slip(best.kind, message, tuple(other.kind for other in others))


def _guesses(region: Region, written: Floats) -> Iterator[Guess]:
    yield from of_the_whole(region, written)
    yield from of_the_layout(region, written)
    yield from of_the_uses(region, written)
    yield from of_the_layers(region, written)


def _fits(guess: Floats, written: Floats, size: Floats) -> bool:
    """Whether a guess explains every entry."""
    return bool((np.abs(written - guess) <= 1e-6 * np.abs(guess) + 1e-12 * size).all())


def _no_number(result: ArrayResult) -> Slip | None:
    """The slip where an entry holds something that is no finite number."""
    for node in result.nodes:
        grad: Any = node.grad
        if grad is None or finite_or_none(grad) is not None:
            continue
        if isinstance(grad, float):
            clause = f"{node.label} is {grad!r}. A gradient is a finite number: was something divided by zero?"
            return Slip("not-finite", f"{result.name}: {clause}")
        return Slip("not-a-number", f"{result.name}: {node.label} holds a {type(grad).__name__}, not a number.")
    return None
