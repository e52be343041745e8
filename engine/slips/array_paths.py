"""Guesses on the whole of an array's gradient, and on the parts of it that come through one node or one use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.edges import Floats
from . import sentences
from .array_guess import PATHS, SIGN, Guess
from .array_region import Part, Region
from .array_scale import SMALL, scaled

if TYPE_CHECKING:
    from ..value import Value

USES_ADD_UP = "Uses add up: was a gradient overwritten (=) where += belongs, or a use forgotten?"
MOST_IN_PAIRS = 8


def of_the_whole(region: Region) -> Iterator[Guess]:
    """The sign of everything, or nothing at all."""
    yield Guess("sign", -region.chain, sentences.sign(region.above), SIGN)
    if not region.written.any():
        yield Guess("missing-path", np.zeros(region.shape), sentences.nothing(region.above), PATHS)
    yield from scaled(region, region.chain, region.above, with_evidence=True)


def of_the_parts(region: Region) -> Iterator[Guess]:
    """What comes through one node or one use of several is left out, turned round or scaled; then two are left out."""
    chain, parts = region.chain, region.parts
    yield from _runs(region)
    for part in parts:
        yield Guess("missing-path", chain - part.numbers, not_added(part.name), PATHS)
    for part in parts:
        clause = f"the part that comes from {part.name} has the wrong sign: look for a lost or an extra minus."
        yield Guess("sign", chain - 2.0 * part.numbers, clause, SIGN)
        yield from scaled(region, part.numbers, part.name, with_evidence=True)
    for part in parts:
        clause = f"only what comes from {part.name} is there. Uses add up: where are the others?"
        yield Guess("missing-path", part.numbers, clause, PATHS)
    for one, other in pairs(parts, region):
        names, rest = sentences.listed([one.name, other.name]), region.without(one, other)
        yield Guess("missing-path", rest, not_added(names), PATHS)
        clause = f"the parts that come from {names} have the wrong sign: look for a lost or an extra minus in each."
        yield Guess("sign", 2.0 * rest - region.chain, clause, SIGN)
    yield from _all_of_an_operation(region)


def pairs(parts: Sequence[Part], region: Region) -> Iterator[tuple[Part, Part]]:
    """Two parts each, of as many of the first as are worth the walks."""
    yield from combinations(parts[: min(MOST_IN_PAIRS, region.walks // 4)], 2)


def _all_of_an_operation(region: Region) -> Iterator[Guess]:
    """Every use by one operation is left out, as in all the steps of a recurrence."""
    parts: dict[str, list[Part]] = {}
    for use in region.uses:
        parts.setdefault(str(use.consumer.op), []).append(Part("", region.chain, use.key))
    for op, found in parts.items():
        if 2 < len(found) < len(region.uses):
            clause = f"what comes through each {sentences.operation(op)} is not added. {USES_ADD_UP}"
            yield Guess("missing-path", region.without(*found), clause, PATHS)


def of_a_part(region: Region, part: Floats) -> Iterator[Guess]:
    """What can be wrong with a few entries alone."""
    yield Guess("sign", region.chain - 2.0 * part, "The size fits there, the sign does not.")
    yield Guess("missing-path", region.chain - part, "Nothing has arrived there.")
    for factor in sorted(SMALL):
        kind = "double" if factor == 2.0 else "factor"
        yield Guess(kind, region.chain + (factor - 1.0) * part, "It is off by a simple factor there.")


def not_added(names: str) -> str:
    return f"what comes from {names} is not added. {USES_ADD_UP}"


def _runs(region: Region) -> Iterator[Guess]:
    """Of many uses the first few or the last few alone, as in the steps of a recurrence."""
    steps: dict[Value, Floats] = {}
    for use in region.direct:
        steps[use.consumer] = steps.get(use.consumer, 0.0) + region.through(use)
    total = len(steps)
    running = np.zeros(region.shape)
    for count, step in enumerate([*steps.values()][:-1], 1):
        running = running + step
        rest = total - count
        if count > 1 and rest > 1:  # of one alone, or one left out, the name is said
            yield Guess("missing-path", running, _only_some(count, total), PATHS)
            yield Guess("missing-path", region.chain - running, _only_some(rest, total), PATHS)


def _only_some(count: int, total: int) -> str:
    return f"only {count} of its {total} uses are there. {USES_ADD_UP}"


def of_the_scale(region: Region) -> Iterator[Guess]:
    """A factor, on the whole or on one part, for which no constant stands there."""
    yield from scaled(region, region.chain, region.above, with_evidence=False)
    for part in region.parts:
        yield from scaled(region, part.numbers, part.name, with_evidence=False)


def of_the_order(region: Region) -> Iterator[Guess]:
    """A consumer that handed its gradient on before all of its own uses were in."""
    for node in region.sources:
        terms = region.comparison.terms(node)
        if not 2 <= len(terms) <= MOST_IN_PAIRS:
            continue
        parts = [np.broadcast_to(term.contribution, node.shape) for term in terms]
        for part in parts:
            for early in (part, sum(parts) - part):
                numbers = region.from_sources({node: early})
                yield Guess("missing-path", numbers, sentences.only_a_part(region.name(node)), PATHS)
