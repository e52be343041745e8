"""One hypothesis on the numbers of a wrong array, and the factors that people mistake."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..arrays.edges import Edge, Floats
from . import sentences
from .array_region import Region, Use
from .diagnose import LARGEST_FACTOR

FACTORS = frozenset({"factor", "double", "forgot-local", "forgot-upstream"})
SIGN = FACTORS | {"rule", "swapped", "one-hot"}
PATHS = FACTORS | {"sign", "not-summed", "wrong-axis", "one-hot", "not-broadcast", "wrong-upstream"}


class Guess(NamedTuple):
    """One hypothesis.

    Attributes:
        kind: the kind of slip.
        numbers: what the gradient comes out as by it.
        clause: the end of the sentence to the learner.
        covers: other kinds that would only restate it.
    """

    kind: str
    numbers: Floats
    clause: str
    covers: frozenset[str] = FACTORS


class Factor(NamedTuple):
    """A constant that stands in the region, as the coefficient of a use."""

    use: Use
    size: float


def scaled(region: Region, part: Floats, where: str, *, with_evidence: bool) -> Iterator[Guess]:
    """A simple factor on one part of the gradient, the rest of it right.

    Args:
        part: the part of the chain.
        where: what it comes from.
        with_evidence: whether the factors are wanted whose constant stands in the region, or the others.
    """
    along = float((part * part).sum())
    if not along or not math.isfinite(along):
        return
    ratio = 1.0 + float(((region.written - region.chain) * part).sum()) / along
    if not 1.0 / LARGEST_FACTOR**2 <= ratio <= LARGEST_FACTOR**2:
        return
    if with_evidence:
        known = _known(region, part, ratio)
        if known is not None:
            factor, question = known
            numbers = region.chain + (factor - 1.0) * part
            yield Guess("factor", numbers, f"what comes from {where} is off by a constant factor: {question}")
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
    yield Guess("factor", numbers, f"what comes from {where} is off by a constant factor: {question}")


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


SMALL = frozenset({2.0, 3.0, 4.0, 0.5, 1.0 / 3.0, 0.25})
"""Factors that are plain to see, and need not be exact."""


def _known(region: Region, part: Floats, ratio: float) -> tuple[float, str] | None:
    """The factor that a constant makes which all of the part comes through, and what to ask about it."""
    for use, size in _constants(region):
        if not (region.is_same(region.through(use), part) or region.is_same(region.through(use), region.chain)):
            continue
        where = region.where(use)
        for factor, question in (
            (1.0 / size, f"what does {where} multiply it by?"),
            (size, f"how often does {where} multiply it by its constant?"),
        ):
            if _is(ratio, factor):
                return factor, question
        n = round(1.0 / size)
        if n > 1 and abs(size * n - 1.0) <= 1e-9:
            for other in (n - 1, n + 1):
                if other > 1 and _is(ratio, n / other):
                    return n / other, f"does {where} divide by n, or by n - 1?"
    return None


def _is(ratio: float, factor: float) -> bool:
    return factor != 1.0 and abs(ratio - factor) <= 1e-3 * abs(factor)


def _constants(region: Region) -> list[Factor]:
    """The constants of the region other than 1 and -1, as sizes."""
    found = []
    for use in region.uses:
        coefficient = use.local.coefficient if isinstance(use.local, Edge) else use.local
        if isinstance(coefficient, tuple) or not np.size(coefficient):
            continue
        sizes = np.abs(coefficient)
        first = float(np.ravel(sizes)[0])
        if first not in (0.0, 1.0) and math.isfinite(first) and bool((sizes == first).all()):
            found.append(Factor(use, first))
    return found


def _lengths(region: Region) -> set[int]:
    """What a mean on the way may be over."""
    shapes = {use.consumer.shape for use in region.uses}
    return {math.prod(axes) for shape in shapes for n in range(1, len(shape) + 1) for axes in combinations(shape, n)}
