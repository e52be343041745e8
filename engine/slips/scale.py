"""A part of the gradient that is there c times: c is measured, and which number it is says what has happened."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from . import messages
from .candidates import Candidate
from .neighborhood import Contribution, Key, Neighborhood, Use
from .values import equal, ratio

if TYPE_CHECKING:
    from ..value import Value

LARGEST_FACTOR = 1000
SMALL = frozenset({2.0, 3.0, 4.0, 0.5, 1.0 / 3.0, 0.25})
"""Factors of an array that are plain to see, and need not be exact."""
NEARLY = 1e-3
"""How far a coefficient may be from the number that it is taken for; a factor so near to 1 is nobody's constant."""
ROUNDED = 0.06
"""The same of none and of one with another sign, of numbers that a person may have rounded."""
FEWEST_IN_PROPORTION = 4
"""Entries: fewer may be off by one factor by chance."""

SMALL_OF_ONE = 5
"""Of a single number, a larger factor needs evidence: it stands in the graph, or no chance gives it."""
LIKELY_OF_ONE = 12
PLAIN = 100
MOST_PARTS_OF_ONE = 10
"""Of more parts of a single number one is off by a factor by chance."""

Factors = Iterable[tuple[float, str]]
"""How many times a part may be there, and what is said of that."""


def whole(region: Neighborhood) -> Contribution:
    """Return all that arrives."""
    return Contribution(region.source_names, region.recomputed, None)


def coefficient(region: Neighborhood, part: Contribution) -> float | None:
    """Fit c in gradient = rest + c * part; None where it is underdetermined."""
    off = ratio(region.user_grad - region.recomputed, part.numbers)
    return None if off is None or not math.isfinite(off) else 1.0 + off


def rescale(region: Neighborhood, part: Contribution, times: float) -> Any:
    """Return the gradient with a part scaled."""
    return region.recomputed + (times - 1.0) * part.numbers


def drop_or_flip(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a part that is not there, or there with the other sign."""
    found = coefficient(region, part)
    if found is not None and abs(found) < ROUNDED:
        numbers = rescale(region, part, 0.0)
        if part.cut is not None:
            square = _square_of(region, part)
            say = messages.half(square) if square else messages.part_left_out(part.name)
            yield Candidate("missing-path", numbers, say, cut_edges(region, part))
        elif not region.is_scalar:
            yield Candidate("missing-path", numbers, messages.nothing(part.name))
    elif found is not None and abs(found + 1.0) < ROUNDED:
        sign = messages.sign if part.cut is None else messages.sign_of_a_part
        yield Candidate("sign", rescale(region, part, -1.0), sign(part.name))


def _square_of(region: Neighborhood, part: Contribution) -> str:
    """Return the name of what a part is one half of, as the node stands in it twice: W * W; "" for no such thing."""
    if not isinstance(part.cut, tuple):
        return ""
    consumer, _ = part.cut
    is_square = sum(one is region.node for one in consumer.operands) == 2
    return region.name(consumer) if is_square else ""


def cut_edges(region: Neighborhood, part: Contribution) -> tuple[Key, ...]:
    """Return the edges by which a part comes in."""
    if isinstance(part.cut, tuple):
        return (part.cut,)
    return tuple(use.key for use in region.uses if use.consumer is part.cut)


def scale_of_whole(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the sign of everything, or nothing at all; then the constants that all of it comes through."""
    yield from drop_or_flip(region, whole(region))
    if not region.is_scalar:
        yield from constant_factors(region, whole(region))


def _match_factors(
    region: Neighborhood, part: Contribution, factors: Factors, largest: float = LARGEST_FACTOR**2
) -> Iterator[Candidate]:
    """Yield a part by each of the factors that it is there times, the rest of the gradient right."""
    found = coefficient(region, part)
    if found is not None and 1.0 / largest <= found <= largest:
        for factor, clause in factors:
            if factor != 1.0 and abs(found - factor) <= NEARLY * abs(factor):
                yield Candidate("factor", rescale(region, part, factor), messages.off_by_constant(part.name, clause))


def constants_of_number(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of a number, a constant on its way left out, or a mean over another n."""
    # Of its own use it is the local derivative that is left out.
    found = (one for one in _constants(region.uses) if one.use.operand is not region.node)
    factors = (
        row
        for constant in found
        if region.is_same(region.contribution_through(constant.use), region.recomputed)
        for row in (_left_out(region, constant), *(_other_counts(region, constant, ()) if constant.is_mean else ()))
    )
    yield from _match_factors(region, whole(region), factors, LARGEST_FACTOR)


def constant_factors(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a factor on a part, the rest of it right, that a constant of the graph makes."""
    yield from _match_factors(region, part, _factors_of_constants(region, part))


def _factors_of_constants(region: Neighborhood, part: Contribution) -> Factors:
    """Yield the factors that a constant makes which all of the part comes through; then those of one just beyond."""
    for constant in _constants(region.uses):
        through = region.contribution_through(constant.use)
        if region.is_same(through, part.numbers) or region.is_same(through, region.recomputed):
            where, size = region.where(constant.use), constant.size
            what = f"the 1/n of {where}" if constant.is_mean else f"the constant of {where}"
            yield _left_out(region, constant)
            yield size, f"{what} is multiplied in twice."
            yield size**-2, f"{what} is turned over: is the gradient multiplied by it, or divided?"
            yield from _other_counts(region, constant, region.shape)
    for constant in _constants(region.uses_of_sources):
        where, source = region.where(constant.use), region.name(constant.use.operand)
        clause = f"is the constant of {where} multiplied in once more? It is in the gradient of {source} already."
        yield constant.size, clause


def _left_out(region: Neighborhood, constant: Constant) -> tuple[float, str]:
    where = region.where(constant.use)
    if constant.is_mean:
        return 1.0 / constant.size, f"the 1/n of {where} is left out; over how many numbers is that mean?"
    return 1.0 / constant.size, f"the constant of {where} is left out; by what does it multiply?"


def _other_counts(region: Neighborhood, constant: Constant, shape: Sequence[int]) -> Factors:
    """Yield a mean over another number of entries, of the array of that shape where it is written as a division."""
    n, where = round(1.0 / constant.size), region.where(constant.use)
    if n <= 1 or abs(constant.size * n - 1.0) > 1e-9:
        return
    for other in (n - 1, n + 1):
        if other > 1:
            yield n / other, f"does {where} divide by n, or by n - 1?"
    lengths = _products(constant.use.operand.shape if constant.is_mean else shape)
    for length in lengths if n in lengths else ():
        if 1 < length != n:
            yield n / length, f"the 1/n of {where} has another n; over how many numbers is that mean?"


class Constant(NamedTuple):
    """A constant that stands in the graph, as the coefficient of a use."""

    use: Use
    size: float

    @property
    def is_mean(self) -> bool:
        """Whether it is the 1/n of a mean, or a sum of n numbers is divided by n."""
        if self.use.op == "mean":
            return True
        n = round(1.0 / self.size)
        return n > 1 and abs(self.size * n - 1.0) < 1e-9 and _count_of_sum(self.use.operand) == n


def means(region: Neighborhood) -> list[tuple[int, str]]:
    """Return each mean that all of a gradient comes through, as the number that it divides by and where it stands."""
    found = [constant for constant in _constants(region.uses) if constant.is_mean]
    of_all = [one for one in found if region.is_same(region.contribution_through(one.use), region.recomputed)]
    return [(round(1.0 / one.size), region.where(one.use)) for one in of_all]


def _constants(uses: list[Use]) -> list[Constant]:
    """Return the constants other than 1 and -1 by which uses multiply, as sizes."""
    sizes = ((use, _common_size(use.coefficient)) for use in uses if _is_by_constant(use))
    return [Constant(use, size) for use, size in sizes if size is not None]


def _common_size(coefficient: Any) -> float | None:
    """Return the size that all entries of a coefficient have; None where they have none in common, or it is 0 or 1."""
    if isinstance(coefficient, tuple) or not getattr(coefficient, "size", 1):
        return None
    first = abs(float(coefficient.flat[0] if hasattr(coefficient, "flat") else coefficient))
    if first in (0.0, 1.0) or not 1e-150 < first < 1e150:
        return None
    return first if equal(abs(coefficient), first) else None


def _is_by_constant(use: Use) -> bool:
    """Tell whether the operation multiplies by one number: a slope is the same everywhere by chance alone."""
    if use.op in ("mean", "var", "std"):
        return True
    is_one_of_many = getattr(use.coefficient, "size", 1) > 1 or bool(use.operand.shape)
    return use.op in ("*", "/") and any(
        node.is_constant or (is_one_of_many and not node.shape) for node in use.other_operands
    )


def _count_of_sum(node: Value) -> int:
    """Return how many numbers a node is the sum of; 1 where it is none."""
    count, waiting = 0, [node]
    while waiting and count <= LARGEST_FACTOR:
        each = waiting.pop()
        is_sum = str(each.op) == "+" and math.prod(each.shape) == 1
        if is_sum and (each is node or not each.label):
            waiting += each.operands
        elif not each.is_constant:
            count += 1
    return count


def simple_factors(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a simple factor on the whole or on one part, for which no constant stands there."""
    yield from _simple_factors_of(region, whole(region))
    is_chance = region.is_scalar and len(region.direct) > MOST_PARTS_OF_ONE
    for part in () if is_chance else region.contributions:
        yield from _simple_factors_of(region, part)


def _simple_factors_of(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    found = coefficient(region, part)
    if found is None or not found > 0.0:
        return
    simple = _factor_of_one(region, part, found) if region.is_scalar else simple_factor(found, _lengths(region))
    if simple is None:
        return
    numbers = rescale(region, part, simple)
    if simple == 2.0:
        yield Candidate("double", numbers, messages.twice(part.name))
    if region.is_scalar:
        is_known = round(max(simple, 1.0 / simple)) in region.comparison.multiples
        yield Candidate("factor", numbers, messages.factor(part.name, has_constant=is_known))
    elif simple != 2.0:
        is_length = simple < 0.9 and round(1.0 / simple) in _lengths(region)
        question = messages.MEAN_FOR_SUM if is_length else messages.WHICH_NUMBER
        yield Candidate("factor", numbers, messages.off_by_constant(part.name, question))


def one_factor_for_all(region: Neighborhood) -> Iterator[Candidate]:
    """Yield any one factor on all of an array, with either sign, where its entries rule out chance."""
    found = ratio(region.user_grad, region.recomputed)
    size = 0.0 if found is None else abs(found)
    if found is None or not 1.0 / LARGEST_FACTOR**2 <= size <= LARGEST_FACTOR**2 or abs(size - 1.0) < NEARLY:
        return
    if (region.recomputed != 0.0).sum() < FEWEST_IN_PROPORTION:
        return
    if found < 0.0:
        yield Candidate(
            "sign", found * region.recomputed, messages.two_things(messages.SIGN_FLIPPED, messages.EVERY_ENTRY)
        )
    else:
        yield Candidate("factor", found * region.recomputed, messages.ONE_FACTOR)


def simple_factor(ratio: float, likely: Container[int] = ()) -> float | None:
    """Return the whole number, its inverse, or n/(n-1) or (n-1)/n that `ratio` is; None for none.

    Args:
        likely: the whole numbers that it need not be exactly, as a gradient may be rounded.
    """
    if not 1.0 / LARGEST_FACTOR**2 <= ratio <= LARGEST_FACTOR**2:
        return None
    candidates = [float(round(ratio))] if ratio >= 1.0 else [1.0 / round(1.0 / ratio)]
    if ratio != 1.0:
        near = round(1.0 / abs(ratio - 1.0))
        for n in (near, near + 1):
            candidates += [n / (n - 1), (n - 1) / n] if 1 < n <= LARGEST_FACTOR else []
    for candidate in candidates:
        times = round(max(candidate, 1.0 / candidate))
        is_plain = candidate in SMALL or (times > 1 and times in likely)
        if candidate != 1.0 and abs(ratio - candidate) <= (NEARLY if is_plain else 1e-6) * candidate:
            return candidate
    return None


def _factor_of_one(region: Neighborhood, part: Contribution, ratio: float) -> float | None:
    """Return the whole number or its inverse that the ratio of two numbers is, where that is no chance."""
    rest = region.recomputed - part.numbers
    inverse = 1.0 / ratio
    times = max(ratio, inverse)
    if not math.isfinite(times) or not 2 <= round(times) <= LARGEST_FACTOR:
        return None
    count = round(times)
    is_exact = abs(times - count) <= 1e-6 * count
    if count <= SMALL_OF_ONE or count in region.comparison.multiples:
        # With three digits, a large factor fits anything.
        is_likely = is_exact or count <= LIKELY_OF_ONE
    else:
        is_likely = is_exact and not _is_plain(min(abs(part.numbers), abs(region.user_grad - rest)))
    if not is_likely:
        return None
    return float(count) if ratio > 1.0 else 1.0 / count


def _is_plain(number: float) -> bool:
    """Tell whether it is a small multiple of a unit, as 4, 0.25 or 1/3: others are multiples of it by chance."""
    near = Fraction(number).limit_denominator(10_000)
    return near.numerator <= PLAIN and abs(number - near) <= 1e-12 * number


def _lengths(region: Neighborhood) -> set[int]:
    """Return what a mean could be over that stands for a sum: the numbers of entries that are added up on the way."""
    return {number for lengths in region.summed_lengths for number in _products(lengths)}


def _products(lengths: Sequence[int]) -> set[int]:
    return {math.prod(some) for count in range(1, len(lengths) + 1) for some in combinations(lengths, count)}
