"""Guesses on a constant factor: one that stands in the graph, a mean for a sum, or any simple one."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..arrays.edges import Edge, Floats
from . import sentences
from .array_guess import CONSTANT, FACTORS, Guess
from .array_region import Region, Use
from .diagnose import LARGEST_FACTOR

SMALL = frozenset({2.0, 3.0, 4.0, 0.5, 1.0 / 3.0, 0.25})
"""Factors that are plain to see, and need not be exact."""

FEWEST_IN_PROPORTION = 4
"""Entries: fewer may be off by one factor by chance."""
NEARLY = 1e-3
"""A factor that is nearer to 1 is no constant of anybody's network."""


class Factor(NamedTuple):
    """A constant that stands in the graph, as the coefficient of a use."""

    use: Use
    size: float

    @property
    def is_mean(self) -> bool:
        return self.use.consumer.op is not None and self.use.consumer.op.name == "mean"


class Known(NamedTuple):
    """A factor that a constant of the graph makes.

    Attributes:
        ratio: the factor.
        clause: what has happened to the constant.
        is_sure: whether no other factor of this size is as likely.
    """

    ratio: float
    clause: str
    is_sure: bool = True


def scaled(region: Region, part: Floats, where: str, *, with_evidence: bool) -> Iterator[Guess]:
    """A simple factor on one part of the gradient, the rest of it right.

    Args:
        part: the part of the chain.
        where: what it comes from.
        with_evidence: whether the factors are wanted whose constant stands in the graph, or the others.
    """
    ratio = _ratio(region, part)
    if ratio is None:
        return
    off = f"what comes from {where} is off by a constant factor:"
    if with_evidence:
        for known in _known(region, part):
            if known.ratio != 1.0 and abs(ratio - known.ratio) <= 1e-3 * abs(known.ratio):
                numbers = region.chain + (known.ratio - 1.0) * part
                yield Guess("factor", numbers, f"{off} {known.clause}", CONSTANT if known.is_sure else FACTORS)
        return
    lengths = _lengths(region)
    simple = simple_factor(ratio, lengths)
    if simple is None:
        return
    numbers = region.chain + (simple - 1.0) * part
    if simple == 2.0:
        yield Guess("double", numbers, sentences.twice(where))
        return
    question = "which number is multiplied in too often, or left out?"
    if simple < 0.9 and round(1.0 / simple) in lengths:
        question = "is a mean taken where a sum belongs?"
    yield Guess("factor", numbers, f"{off} {question}")


def in_proportion(region: Region) -> Iterator[Guess]:
    """Any one factor on all of an array, where it has entries enough that this is no chance."""
    ratio = _ratio(region, region.chain)
    if ratio is None or abs(ratio - 1.0) < NEARLY or np.count_nonzero(region.chain) < FEWEST_IN_PROPORTION:
        return
    clause = (
        "all of it is off by one constant factor: which number is multiplied in too often, left out, or in the place "
        "of another?"
    )
    yield Guess("factor", ratio * region.chain, clause)


def _ratio(region: Region, part: Floats) -> float | None:
    """How many times the part is there; None where that is no factor to speak of."""
    along = float((part * part).sum())
    if not along or not math.isfinite(along):
        return None
    ratio = 1.0 + float(((region.written - region.chain) * part).sum()) / along
    return ratio if 1.0 / LARGEST_FACTOR**2 <= ratio <= LARGEST_FACTOR**2 else None


def simple_factor(ratio: float, likely: Container[int] = ()) -> float | None:
    """The whole number, its inverse, or n/(n-1) or (n-1)/n that `ratio` is; None for none.

    Args:
        likely: the whole numbers that it need not be exactly, as a gradient may be rounded.
    """
    if not 1.0 / LARGEST_FACTOR**2 <= ratio <= LARGEST_FACTOR**2:
        return None
    candidates = [float(round(ratio))] if ratio >= 1.0 else [1.0 / round(1.0 / ratio)]
    if ratio != 1.0:
        whole = round(1.0 / abs(ratio - 1.0))
        for n in (whole, whole + 1):
            candidates += [n / (n - 1), (n - 1) / n] if 1 < n <= LARGEST_FACTOR else []
    for candidate in candidates:
        whole = round(max(candidate, 1.0 / candidate))
        is_plain = candidate in SMALL or (whole > 1 and whole in likely)
        if candidate != 1.0 and abs(ratio - candidate) <= (1e-3 if is_plain else 1e-6) * candidate:
            return candidate
    return None


def _known(region: Region, part: Floats) -> Iterator[Known]:
    """The factors that a constant makes which all of the part comes through; then those of one just beyond."""
    found = [
        factor
        for factor in _constants(region.uses)
        if region.is_same(region.through(factor.use), part) or region.is_same(region.through(factor.use), region.chain)
    ]
    for factor in found:
        where = region.where(factor.use)
        what = f"the 1/n of {where}" if factor.is_mean else f"the constant of {where}"
        ask = "over how many numbers is that mean?" if factor.is_mean else "by what does it multiply?"
        yield Known(1.0 / factor.size, f"{what} is left out; {ask}")
        yield Known(factor.size, f"{what} is multiplied in twice.")
        yield Known(factor.size**-2, f"{what} is turned over: is the gradient multiplied by it, or divided?")
        yield from _other_counts(factor, where, region.shape)
    for factor in _constants(region.beyond):
        where, source = region.where(factor.use), region.name(factor.use.operand)
        clause = f"is the constant of {where} multiplied in once more? It is in the gradient of {source} already."
        yield Known(factor.size, clause)


def _other_counts(factor: Factor, where: str, shape: tuple[int, ...]) -> Iterator[Known]:
    """A mean over another number of entries, of the array of that shape where it is written as a division."""
    n = round(1.0 / factor.size)
    if n <= 1 or abs(factor.size * n - 1.0) > 1e-9:
        return
    for other in (n - 1, n + 1):
        if other > 1:
            yield Known(n / other, f"does {where} divide by n, or by n - 1?")
    lengths = _products(factor.use.operand.shape if factor.is_mean else shape)
    for length in lengths if n in lengths else ():
        if 1 < length != n:
            clause = f"the 1/n of {where} has another n; over how many numbers is that mean?"
            yield Known(n / length, clause, is_sure=False)


def _constants(uses: list[Use]) -> list[Factor]:
    """The constants other than 1 and -1 among the coefficients, as sizes."""
    found = []
    for use in uses:
        coefficient = use.local.coefficient if isinstance(use.local, Edge) else use.local
        if isinstance(coefficient, tuple) or not np.size(coefficient):
            continue
        sizes = np.abs(coefficient)
        first = float(np.ravel(sizes)[0])
        if first not in (0.0, 1.0) and math.isfinite(first) and bool((sizes == first).all()):
            found.append(Factor(use, first))
    return found


def _lengths(region: Region) -> set[int]:
    """What a mean could be over that stands for a sum: the numbers of entries that are added up on the way."""
    return {number for lengths in region.summed for number in _products(lengths)}


def _products(lengths: Sequence[int]) -> set[int]:
    return {math.prod(some) for count in range(1, len(lengths) + 1) for some in combinations(lengths, count)}
