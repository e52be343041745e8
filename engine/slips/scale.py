"""A part of the gradient that is there c times: c is measured, and which number it is says what has happened."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from . import messages
from .candidates import Candidate
from .neighborhood import Neighborhood
from .slip import Edge
from .use import Contribution, Use

if TYPE_CHECKING:
    from ..value import Value

LARGEST_FACTOR = 1000
SMALL = frozenset({2.0, 3.0, 4.0, 0.5, 1.0 / 3.0, 0.25})
"""Factors of an array that are plain to see, and need not be exact."""
NEARLY = 1e-3
"""How far a measured share may be from the number that it is taken for; a factor so near to 1 is nobody's constant."""
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
USES_ADD_UP = "Uses add up: was a gradient overwritten (=) where += belongs, or a use forgotten?"


def whole(region: Neighborhood) -> Contribution:
    """Return all that arrives."""
    return Contribution(region.source_names, region.recomputed, None)


def coefficient(region: Neighborhood, part: Contribution) -> float | None:
    """Fit c in gradient = rest + c * part; None where it is underdetermined."""
    off = region.arithmetic.ratio(region.user_grad - region.recomputed, part.numbers)
    return None if off is None or not math.isfinite(off) else 1.0 + off


def rescaled(region: Neighborhood, part: Contribution, times: float) -> Any:
    """Return the gradient with a part scaled."""
    return region.recomputed + (times - 1.0) * part.numbers


def missing_or_flipped(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a part that is not there, or there with the other sign."""
    found = coefficient(region, part)
    if found is None:
        return
    if abs(found) < ROUNDED:
        numbers = rescaled(region, part, 0.0)
        if part.cut is not None:

            def missing() -> str:
                half = _half_of(region, part)
                return messages.half(half) if half else not_added(part.name)

            yield Candidate("missing-path", numbers, missing, cut_edges(region, part))
        elif not region.is_of_one_number:
            yield Candidate("missing-path", numbers, messages.nothing(part.name))
    elif abs(found + 1.0) < ROUNDED:
        say = messages.sign if part.cut is None else messages.sign_of_a_part
        yield Candidate("sign", rescaled(region, part, -1.0), lambda: say(part.name))


def _half_of(region: Neighborhood, part: Contribution) -> str:
    """Return what a part is one half of, as the node stands in it twice: W * W; "" for no such thing."""
    if not isinstance(part.cut, tuple):
        return ""
    consumer, _ = part.cut
    is_square = sum(one is region.node for one in consumer.operands) == 2
    return region.name(consumer) if is_square else ""


def whole_missing_or_flipped(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the sign of everything, or nothing at all; then the constants that all of it comes through."""
    yield from missing_or_flipped(region, whole(region))
    if not region.is_of_one_number:
        yield from constant_factors(region, whole(region))


def constants_left_out(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of a number, a constant on its way left out, or a mean over another n."""
    found = coefficient(region, whole(region))
    if found is None or not 1.0 / LARGEST_FACTOR <= found <= LARGEST_FACTOR:
        return
    for constant in _constants(region.uses):
        is_of_all = region.is_same(region.contribution_through(constant.use), region.recomputed)
        # Of its own use it is the local derivative that is left out.
        if is_of_all and constant.use.operand is not region.node:
            for factor, clause in _left_out_or_another(region, constant):
                if factor != 1.0 and abs(found - factor) <= NEARLY * abs(factor):
                    yield Candidate("factor", rescaled(region, whole(region), factor), _off(whole(region), clause))


def _left_out_or_another(region: Neighborhood, constant: Constant) -> Iterator[tuple[float, str]]:
    where = region.where(constant.use)
    yield 1.0 / constant.size, _left_out(constant, where)
    if constant.is_mean:
        yield from _other_counts(constant, where, ())


def not_added(names: str) -> str:
    return f"you left out what comes from {names}; {messages.ADD_UP}"


def cut_edges(region: Neighborhood, part: Contribution) -> tuple[Edge, ...]:
    """Return the edges by which a part comes in."""
    if isinstance(part.cut, tuple):
        return (part.cut,)
    return tuple(use.key for use in region.uses if use.consumer is part.cut)


class Constant(NamedTuple):
    """A constant that stands in the graph, as the coefficient of a use."""

    use: Use
    size: float

    @property
    def is_mean(self) -> bool:
        """Whether it is the 1/n of a mean, or a sum of n numbers is divided by n."""
        if str(self.use.consumer.op) == "mean":
            return True
        n = round(1.0 / self.size)
        return n > 1 and abs(self.size * n - 1.0) < 1e-9 and _count_of_sum(self.use.operand) == n


def means(region: Neighborhood) -> list[tuple[int, str]]:
    """Return each mean that all of a gradient comes through, as the number that it divides by and where it stands."""
    return region.cached(_means)


def _means(region: Neighborhood) -> list[tuple[int, str]]:
    found = [constant for constant in _constants(region.uses) if constant.is_mean]
    of_all = [one for one in found if region.is_same(region.contribution_through(one.use), region.recomputed)]
    return [(round(1.0 / one.size), region.where(one.use)) for one in of_all]


def constant_factors(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a factor on a part, the rest of it right, that a constant of the graph makes."""
    found = coefficient(region, part)
    if found is None or not 1.0 / LARGEST_FACTOR**2 <= found <= LARGEST_FACTOR**2:
        return
    for factor, clause in _of_constants(region, part):
        if factor != 1.0 and abs(found - factor) <= NEARLY * abs(factor):
            yield Candidate("factor", rescaled(region, part, factor), _off(part, clause))


def _off(part: Contribution, clause: str) -> str:
    return f"what comes from {part.name} is off by a constant factor: {clause}"


def _of_constants(region: Neighborhood, part: Contribution) -> Iterator[tuple[float, str]]:
    """Yield the factors that a constant makes which all of the part comes through; then those of one just beyond."""
    found = [
        constant
        for constant in _constants(region.uses)
        if region.is_same(region.contribution_through(constant.use), part.numbers)
        or region.is_same(region.contribution_through(constant.use), region.recomputed)
    ]
    for constant in found:
        where = region.where(constant.use)
        what = f"the 1/n of {where}" if constant.is_mean else f"the constant of {where}"
        yield 1.0 / constant.size, _left_out(constant, where)
        yield constant.size, f"{what} is multiplied in twice."
        yield constant.size**-2, f"{what} is turned over: is the gradient multiplied by it, or divided?"
        yield from _other_counts(constant, where, region.shape)
    for constant in _constants(region.uses_of_sources):
        where, source = region.where(constant.use), region.name(constant.use.operand)
        clause = f"is the constant of {where} multiplied in once more? It is in the gradient of {source} already."
        yield constant.size, clause


def _left_out(constant: Constant, where: str) -> str:
    if constant.is_mean:
        return f"the 1/n of {where} is left out; over how many numbers is that mean?"
    return f"the constant of {where} is left out; by what does it multiply?"


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


def _other_counts(constant: Constant, where: str, shape: Sequence[int]) -> Iterator[tuple[float, str]]:
    """Yield a mean over another number of entries, of the array of that shape where it is written as a division."""
    n = round(1.0 / constant.size)
    if n <= 1 or abs(constant.size * n - 1.0) > 1e-9:
        return
    for other in (n - 1, n + 1):
        if other > 1:
            yield n / other, f"does {where} divide by n, or by n - 1?"
    lengths = _products(constant.use.operand.shape if constant.is_mean else shape)
    for length in lengths if n in lengths else ():
        if 1 < length != n:
            yield n / length, f"the 1/n of {where} has another n; over how many numbers is that mean?"


def _constants(uses: list[Use]) -> list[Constant]:
    """Return the constants other than 1 and -1 by which uses multiply, as sizes."""
    found = []
    for use in uses:
        size = _same_size(use.coefficient)
        if size is not None and _is_by_a_constant(use):
            found.append(Constant(use, size))
    return found


def _same_size(coefficient: Any) -> float | None:
    """Return the size that all entries of a coefficient have; None where they have none in common, or it is 0 or 1."""
    if isinstance(coefficient, tuple):
        return None
    size = getattr(coefficient, "size", 1)
    if not size:
        return None
    first = abs(float(coefficient.flat[0] if hasattr(coefficient, "flat") else coefficient))
    if first in (0.0, 1.0) or not 1e-150 < first < 1e150:
        return None
    return first if size == 1 or bool((abs(coefficient) == first).all()) else None


def _is_by_a_constant(use: Use) -> bool:
    """Tell whether the operation multiplies by one number: a slope is the same everywhere by chance alone."""
    if str(use.consumer.op) in ("mean", "var", "std"):
        return True
    is_one_of_many = getattr(use.coefficient, "size", 1) > 1 or bool(use.operand.shape)
    return str(use.consumer.op) in ("*", "/") and any(
        node.is_constant or (is_one_of_many and not node.shape) for node in use.other_operands
    )


def simple_factors(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a simple factor on a part, the rest of it right, for which no constant stands there."""
    found = coefficient(region, part)
    if found is None or not found > 0.0:
        return
    simple = _of_one(region, part, found) if region.is_of_one_number else simple_factor(found, _lengths(region))
    if simple is None:
        return
    numbers = rescaled(region, part, simple)
    if simple == 2.0:
        yield Candidate("double", numbers, lambda: messages.twice(part.name))
    if region.is_of_one_number:
        is_known = round(max(simple, 1.0 / simple)) in region.comparison.multiples
        yield Candidate("factor", numbers, lambda: messages.factor(part.name, has_constant=is_known))
    elif simple != 2.0:
        question = "which number is multiplied in too often, or left out?"
        if simple < 0.9 and round(1.0 / simple) in _lengths(region):
            question = "is a mean taken where a sum belongs?"
        yield Candidate("factor", numbers, _off(part, question))


def simple_factors_anywhere(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a simple factor on the whole or on one part."""
    yield from simple_factors(region, whole(region))
    is_chance = region.is_of_one_number and len(region.direct) > MOST_PARTS_OF_ONE
    for part in () if is_chance else region.contributions:
        yield from simple_factors(region, part)


def one_factor_for_all(region: Neighborhood) -> Iterator[Candidate]:
    """Yield any one factor on all of an array, with either sign, where its entries rule out chance."""
    found = region.arithmetic.ratio(region.user_grad, region.recomputed)
    size = 0.0 if found is None else abs(found)
    if found is None or not 1.0 / LARGEST_FACTOR**2 <= size <= LARGEST_FACTOR**2 or abs(size - 1.0) < NEARLY:
        return
    if math.prod(region.shape) < FEWEST_IN_PROPORTION or (region.recomputed != 0.0).sum() < FEWEST_IN_PROPORTION:
        return
    if found < 0.0:
        clause = "every entry is as many times too large, or too small: which number is multiplied in, or left out?"
        yield Candidate("sign", found * region.recomputed, messages.two_things(messages.SIGN_FLIPPED, clause))
        return
    clause = (
        "all of it is off by one constant factor: which number is multiplied in too often, left out, or in the place "
        "of another?"
    )
    yield Candidate("factor", found * region.recomputed, clause)


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


def _of_one(region: Neighborhood, part: Contribution, ratio: float) -> float | None:
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
