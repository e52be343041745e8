"""Which mistake makes the numbers of a WRONG array: the named slip.

As for a number (see `diagnose`), each hypothesis computes what the learner would have got by one mistake, from the
learner's own numbers nearer the output; the first that gives the numbers written is the slip. The likelier mistake goes
first, so the order of `_guesses` is the order of belief.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..number import one_line
from . import sentences
from .array_edges import left_out
from .array_guess import Guess
from .array_layers import layers_in, of_the_layers, of_the_means
from .array_layout import of_the_entries, of_the_layout, of_the_targets
from .array_mixups import of_the_mixups
from .array_paths import of_a_part, of_the_order, of_the_parts, of_the_scale, of_the_whole
from .array_region import Region
from .array_rules import of_the_rules
from .array_scale import in_proportion
from .array_sums import of_the_sums
from .array_unread import no_gradient
from .array_upstream import of_the_upstream
from .slip import Slip, explained

if TYPE_CHECKING:
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult


def diagnose_array(result: NodeResult, comparison: Comparison) -> Slip | None:
    """The slip that explains a WRONG array, or number that arrays are computed from; None where nothing does."""
    unread = no_gradient(result, comparison)
    if unread is not None:
        return unread
    name = one_line(result.name)
    region = Region(result, comparison, np.asarray(result.actual, dtype=float))
    with np.errstate(all="ignore"):
        found = _fitting(_guesses(region), region, result)
        if not found:
            slip = _of_a_few(result, region, name)
            if slip is not None:
                return slip
            rest = region.without_extremes(result)
            if rest is not None:
                region, found = rest, _fitting(_guesses(rest), rest, result)
            for guesses in (of_the_mixups, in_proportion):
                found = found or _fitting(guesses(region), region, result)
        if not found:
            return None
        edges = left_out(region, result) if found[0].kind == "missing-path" else ()
    best, *others = found
    rivals = [other.clause for other in others if other.kind not in best.covers]
    message = explained(name, best.clause, rivals[0] if rivals else "", "these numbers")
    return Slip(best.kind, message, tuple(other.kind for other in others), edges)


def _fitting(guesses: Iterator[Guess], region: Region, result: NodeResult) -> list[Guess]:
    """The first guess of each kind that explains what was written."""
    found: list[Guess] = []
    for guess in guesses:
        if guess.kind not in {other.kind for other in found} and region.explains(guess.numbers, result):
            found.append(guess)
    return found


def _of_a_few(result: Any, region: Region, name: str) -> Slip | None:
    """The slip where a few entries are off in one way, and the others are right."""
    places = result.few_wrong if result.shape else []
    if not places:
        return None
    part = np.zeros(region.shape)
    for at in places:
        part[at] = region.chain[at]
    only = sentences.only(result.listed(places), len(places))
    for guess in of_a_part(region, part):
        if region.explains(guess.numbers, result):
            return Slip(guess.kind, f"{name}: {only} {guess.clause}")
    return None


def _guesses(region: Region) -> Iterator[Guess]:
    yield from of_the_whole(region)
    yield from of_the_targets(region)
    known = [*layers_in(region)]
    yield from of_the_layers(region, known)
    yield from of_the_parts(region)
    yield from of_the_entries(region)
    yield from of_the_sums(region)
    yield from of_the_layout(region)
    yield from of_the_rules(region)
    yield from of_the_upstream(region)
    yield from of_the_order(region)
    yield from of_the_scale(region)
    yield from of_the_means(region, known)
