"""Contributions that are not there, or there c times: c is measured, and which number it is says what has happened.

Uses add up: some are left out, or come with the other sign, a mean lost its division, or a sum is passed on too early.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, combinations, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..loading import np
from ..names import listed
from ..verdict.convention import addends
from ..verdict.rounding import is_rounding
from . import messages
from .candidates import Candidate, equal, is_finite, ratio
from .neighborhood import Contribution, Key, Neighborhood, Use

if TYPE_CHECKING:
    from ..value import Value

ALL_SUBSETS = 10
"""With more uses than this, not every subset of them is tried: one of thousands would fit any number."""
MOST_IN_PAIRS = 8
MOST_FITTED = 16
EXACT = 1e-6

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
LIKELIEST_OF_ONE = (2.0, 0.5, 3.0, 1.0 / 3.0)
PLAIN = 100
MOST_PARTS_OF_ONE = 10
"""Of more parts of a single number one is off by a factor by chance."""
MOST_ARRAYS = 10
"""Of so many arrays near a node each two are tried as a difference."""

Factors = Iterable[tuple[float, str]]
"""How many times a part may be there, and what is said of that."""


def coefficient(region: Neighborhood, part: Contribution) -> float:
    """Fit c in gradient = rest + c * part; nan where it is underdetermined."""
    off = ratio(region.user_grad - region.recomputed, part.numbers)
    return math.nan if off is None else 1.0 + off


def rescale(region: Neighborhood, part: Contribution, times: float) -> Any:
    """Return the gradient with a part scaled."""
    return region.recomputed + (times - 1.0) * part.numbers


def drop_or_flip(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a part that is not there, or there with the other sign."""
    found = coefficient(region, part)
    if abs(found) < ROUNDED:
        # W * W has W in it twice.
        is_half = isinstance(part.cut, tuple) and part.cut[0].operands.count(region.node) == 2
        say = messages.half(region.name(part.cut[0])) if is_half else messages.part_left_out(part.name)  # type: ignore[index]
        if part.cut is not None or not region.is_scalar:
            say = messages.nothing(part.name) if part.cut is None else say
            yield Candidate("missing-path", rescale(region, part, 0.0), say, cut_edges(region, part))
    elif abs(found + 1.0) < ROUNDED:
        sign = messages.sign if part.cut is None else messages.sign_of_a_part
        yield Candidate("sign", rescale(region, part, -1.0), sign(part.name))


def cut_edges(region: Neighborhood, part: Contribution) -> tuple[Key, ...]:
    """Return the edges by which a part comes in."""
    if isinstance(part.cut, tuple):
        return (part.cut,)
    return tuple(use.key for use in region.uses if use.consumer is part.cut)


def missing_contributions(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the gradient with a contribution left out, flipped or scaled; then with two left out."""
    yield from _subsets(region) if region.is_scalar else _runs(region)
    parts = region.contributions
    for part in parts:
        yield from _scales(region, part)
    if region.is_scalar and len(region.direct) > ALL_SUBSETS:
        return
    for part in parts:
        yield Candidate("missing-path", part.numbers, messages.only_part(part.name))
    for one, other in _pairs(parts, region):
        names, rest = listed([one.name, other.name]), region.drop(one, other)
        yield Candidate("missing-path", rest, messages.part_left_out(names))
        yield Candidate("sign", 2.0 * rest - region.recomputed, messages.sign_of_parts(names))


def _pairs(parts: Sequence[Contribution], region: Neighborhood) -> Iterator[tuple[Contribution, Contribution]]:
    """Yield two parts each, of as many of the first as are worth the walks."""
    yield from combinations(parts[: min(MOST_IN_PAIRS, region.walks // 4)], 2)


def _runs(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of many uses, the first few or the last few alone, as in the steps of a recurrence."""
    steps: dict[Value, Any] = {}
    for use in region.direct:
        steps[use.consumer] = steps.get(use.consumer, 0.0) + region.contribution_through(use)
    total = len(steps)
    for count, running in enumerate(accumulate(steps.values()), 1):
        rest = total - count
        if count > 1 and rest > 1:  # of one alone, or one left out, the name is said
            yield Candidate("missing-path", running, messages.only_some_uses(count, total))
            yield Candidate("missing-path", region.recomputed - running, messages.only_some_uses(rest, total))


def _subsets(region: Neighborhood) -> Iterator[Candidate]:
    """Yield proper subsets of the uses of one number: what `=` gives where `+=` belongs, or a forgotten branch."""
    uses, written = [use for use in region.direct if use.contribution], region.user_grad
    for number, is_missed in partial_sums([use.contribution for use in uses], written) if len(uses) > 1 else ():
        # Where thousands of sums are on offer, one must fit to the last digits to be believed.
        if abs(number - written) <= EXACT * abs(number) or (len(uses) == 2 and is_rounding(written, number)):
            yield _drop_uses(region, number, uses, [use for index, use in enumerate(uses) if is_missed(index)])
            return


def _drop_uses(region: Neighborhood, number: float, uses: Sequence[Use], missed: Sequence[Use]) -> Candidate:
    """Return the candidate that leaves out some uses of a number, with the sentence that fits how many they are."""

    def say() -> str:
        names = [region.name(use.consumer) for use in missed]
        if len(missed) == len(uses):
            return messages.zero(listed(names))
        passed, left = {use.contribution for use in missed}, [use for use in uses if use not in missed]
        if any(use.contribution in passed for use in left):  # which of them it is cannot be told
            return messages.only_some(len(left), len(uses), region.names(use.consumer for use in uses))
        return messages.not_added(names)

    return Candidate("missing-path", number, say, tuple(use.key for use in missed))


def partial_sums(parts: Sequence[float], written: float) -> Iterator[tuple[float, Callable[[int], bool]]]:
    """Yield sums of a proper subset of `parts`, the likeliest first, with which of them are left out, by their index.

    All but one, one alone (the last one written is the first in backward order), then every subset,
    or of many parts the first few and the last few.
    """
    count, total = len(parts), math.fsum(parts)
    yield from ((total - part, i.__eq__) for i, part in enumerate(parts))
    yield from ((parts[i], i.__ne__) for i in reversed(range(count)))
    if written == 0.0:
        yield 0.0, lambda index: True
    if count <= ALL_SUBSETS:
        for size in range(count - 2, 1, -1):
            for some in combinations(range(count), size):
                yield math.fsum(parts[i] for i in some), lambda index, some=some: index not in some  # type: ignore[misc]
    else:
        for i, running in islice(enumerate(accumulate(parts)), 1, count - 1):
            yield running, i.__lt__
            yield total - running, i.__ge__


def early_or_repeated(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a consumer that propagated its gradient before all of its own uses were in, or once for each of them."""
    for node in region.sources:
        terms = region.comparison.terms(node)
        parts = [region.spread(region.value(term.contribution), node.shape) for term in terms]
        if region.is_scalar and len(parts) > 1:
            yield from _early_number(region, node, parts)
        elif 1 < len(parts) <= MOST_IN_PAIRS:
            for part in parts:
                for early in (part, sum(parts) - part):
                    numbers = region.recompute({node: early})
                    yield Candidate("missing-path", numbers, messages.only_a_part(region.name(node)))


def _early_number(region: Neighborhood, node: Value, parts: Sequence[float]) -> Iterator[Candidate]:
    """Yield the same of a number, whose gradient is that of the chain rule."""
    upstream = region.upstream(node)
    # One 1.0 alone is likelier an upstream gradient that was left out.
    is_plain = not region.user_grad or (abs(region.user_grad) == 1.0 and len(region.comparison.causes) == 1)
    if is_plain or not region.comparison.tolerance.accepts(upstream, math.fsum(parts), sum(map(abs, parts))):
        return
    reach = region.contribution_of(node, 1.0)
    rest, few = region.recomputed - upstream * reach, parts[:ALL_SUBSETS]
    for order in (few, few[::-1]):
        running = [math.fsum(order[: i + 1]) for i in range(len(order))]
        yield Candidate("double", rest + reach * math.fsum(running), lambda: messages.too_often(region.name(node)))
    for number, _ in partial_sums(parts, region.user_grad):
        if abs(rest + reach * number - region.user_grad) <= EXACT * abs(region.user_grad):
            yield Candidate("missing-path", rest + reach * number, messages.too_early(region.name(node)))
            break


def zero(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a 0 for one number: the last thing to be thought of, as many a rule gives it."""
    if region.user_grad == 0.0:
        uses = [use for use in region.direct if use.contribution]
        edges = (uses[0].key,) if len(uses) == 1 else ()
        say = messages.zero(region.names(region.sources))
        if len(region.direct) > 1 and edges:  # the other uses pass nothing on, and the last may have the last word
            say = messages.not_added([region.name(uses[0].consumer)])
        yield Candidate("missing-path", 0.0, say, edges, subsumes="rule")


def product_of_uses(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the uses multiplied with each other, as `*=` does where `+=` belongs."""
    if 1 < len(region.direct) <= MOST_IN_PAIRS:
        parts = [region.contribution_through(use) for use in region.direct]
        of = [use.consumer for use in region.direct]
        yield Candidate("rule", math.prod(parts), lambda: messages.multiplied(region.names(of)))


def dropped_edges(region: Neighborhood) -> tuple[Key, ...]:
    """Find the edges whose omission explains the gradient of an array; () where there are none.

    Of the node's own uses where what was written is the sum of some of them; else of a step left blank on the way, one
    contribution's or two.
    """
    if edges := _dropped_uses(region):
        return edges
    # What one edge explains is sharper than what all the edges into a node do.
    parts = sorted(region.contributions, key=lambda part: not isinstance(part.cut, tuple))
    for some in (*((part,) for part in parts), *_pairs(parts, region)):
        if region.explains(region.recomputed - some[0].numbers if len(some) == 1 else region.drop(*some)):
            return tuple(key for part in some for key in cut_edges(region, part))
    return ()


def _dropped_uses(region: Neighborhood) -> tuple[Key, ...]:
    """Find the node's own uses without which their contributions add up to what was written."""
    uses = region.direct
    if not 1 < len(uses) <= MOST_FITTED:
        return ()
    parts = np.array([np.ravel(region.contribution_through(use)) for use in uses])
    times = np.linalg.lstsq(parts.T, np.ravel(region.user_grad), rcond=None)[0]
    counts = np.rint(times)
    if (abs(times - counts) > 1e-3).any() or not set(counts.tolist()) <= {0.0, 1.0}:
        return ()
    return tuple(use.key for use, count in zip(uses, counts.tolist()) if not count)


def scale_of_whole(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the sign of everything, or nothing at all; then the constants that all of it comes through."""
    yield from _scales(region, region.whole)


def _scales(region: Neighborhood, part: Contribution) -> Iterator[Candidate]:
    """Yield a part that is not there or has the other sign; then, of arrays, a factor on it that a constant makes."""
    yield from drop_or_flip(region, part)
    if not region.is_scalar:
        yield from _match_factors(region, part, _factors_of_constants(region, part))


def _match_factors(region: Neighborhood, part: Contribution, factors: Factors) -> Iterator[Candidate]:
    """Yield a part by each of the factors that it is there times, the rest of the gradient right."""
    found = coefficient(region, part)
    if 1.0 / LARGEST_FACTOR**2 <= found <= LARGEST_FACTOR**2:
        for factor, clause in factors:
            if factor != 1.0 and abs(found - factor) <= NEARLY * abs(factor):
                yield Candidate("factor", rescale(region, part, factor), messages.off_by_constant(part.name, clause))


def constants_of_number(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of a number, a constant on its way left out, or a mean over another n."""
    factors: list[tuple[float, str]] = []
    for constant in _constants_of_all(region):
        if constant.use.operand is not region.node:  # of its own use it is the local derivative that is left out
            factors += _left_out_or_twice(region, constant, may_be_twice=constant.is_mean)
            factors += _other_counts(region, constant) if constant.is_mean else ()
    yield from _match_factors(region, region.whole, factors)


def _factors_of_constants(region: Neighborhood, part: Contribution) -> Factors:
    """Yield the factors that a constant makes which all of the part comes through; then those of one just beyond."""
    for constant in constants_among(region.uses):
        through = region.contribution_through(constant.use)
        is_its_own = region.is_same(through, part.numbers)
        if is_its_own or region.is_same(through, region.recomputed):
            # What all of it comes through nobody takes twice in one part.
            yield from _left_out_or_twice(region, constant, may_be_twice=is_its_own)
            what = f"{constant.name} of {region.where(constant.use)}"
            yield constant.size**-2, f"the {what} is turned over: is the gradient multiplied by it, or divided?"
            yield from _other_counts(region, constant)
    alone = [use for use in region.uses_of_sources if len(region.comparison.uses[use.operand]) == 1]
    for constant in constants_among(alone):
        where, source = region.where(constant.use), region.name(constant.use.operand)
        clause = f"is the constant of {where} multiplied in once more? It is in the gradient of {source} already."
        yield constant.size, clause


def _left_out_or_twice(region: Neighborhood, constant: Constant, *, may_be_twice: bool) -> Factors:
    """Yield the factor by which a gradient is off without a constant; then that of one that is there once too often."""
    what = f"the {constant.name} of {region.where(constant.use)}"
    question = "over how many numbers is that mean?" if constant.is_mean else "by what does it multiply?"
    yield 1.0 / constant.size, f"{what} is left out; {question}"
    if may_be_twice:
        yield constant.size, f"{what} is multiplied in twice."


def _other_counts(region: Neighborhood, constant: Constant) -> Factors:
    """Yield a mean over another number of entries, of an array one that has a name."""
    n, root, where = round(1.0 / constant.size), round(constant.size**-2), region.where(constant.use)
    sizes = () if region.is_scalar else region.cached(sizes_near)
    if n <= 1 or abs(constant.size * n - 1.0) > 1e-9:
        if abs(constant.size**2 * root - 1.0) < 1e-9:
            yield from (((root / number) ** 0.5, messages.divided_by_root(says)) for number, says in sizes)
        return
    lengths = () if region.is_scalar else _products(constant.use.operand.shape if constant.is_mean else region.shape)
    for other, is_meant in ((n - 1, n in lengths), (n + 1, n not in lengths and n + 1 in lengths)):
        if other > 1 and (is_meant or (region.is_scalar and other < n)):
            yield n / other, f"does {where} divide by n, or by n - 1?"
    twos = (2, n / 2, 2 * n) if any(use.op == "**" for use in region.uses) else (2 * n,)
    is_count = constant.is_mean or n in dict(sizes)
    for number, says in sizes:
        # A 2 that is left out, or there twice, is likelier.
        if number != n and (number not in twos or (is_count and number in _products(region.shape))):
            yield n / number, messages.divided_by(says)


class Constant(NamedTuple):
    """A constant that stands in the graph, as the coefficient of a use."""

    use: Use
    size: float

    @property
    def name(self) -> str:
        """What it is called."""
        return "1/n" if self.is_mean else "constant"

    @property
    def is_mean(self) -> bool:
        """Whether it is the 1/n of a mean, or a sum of n numbers is divided by n."""
        if self.use.op == "mean":
            return True
        n = round(1.0 / self.size)
        summed = islice(addends(self.use.operand), LARGEST_FACTOR + 1)
        return n > 1 and abs(self.size * n - 1.0) < 1e-9 and sum(1 for _ in summed) == n


def means(region: Neighborhood) -> list[tuple[int, str]]:
    """Return each mean that all of a gradient comes through, as the number that it divides by and where it stands."""
    found = [constant for constant in _constants_of_all(region) if constant.is_mean]
    return [(round(1.0 / one.size), region.where(one.use)) for one in found]


def _constants_of_all(region: Neighborhood) -> list[Constant]:
    """Return the constants that all of a gradient comes through."""
    through = ((one, region.contribution_through(one.use)) for one in constants_among(region.uses))
    return [one for one, part in through if region.is_same(part, region.recomputed)]


def constants_among(uses: list[Use]) -> list[Constant]:
    """Return the constants other than 1 and -1 by which uses multiply, as sizes."""
    sizes = ((use, _common_size(use.coefficient)) for use in uses if _is_by_constant(use))
    return [Constant(use, size) for use, size in sizes if size is not None]


def _common_size(coefficient: Any) -> float | None:
    """Return the size that all entries of a coefficient have; None where they have none in common, or it is 0 or 1."""
    if isinstance(coefficient, tuple) or not getattr(coefficient, "size", 1):
        return None
    first = abs(float(coefficient.flat[0] if hasattr(coefficient, "flat") else coefficient))
    is_size = first != 1.0 and 1e-150 < first < 1e150
    return first if is_size and equal(abs(coefficient), first) else None


def _is_by_constant(use: Use) -> bool:
    """Tell whether the operation multiplies by one number: a slope is the same everywhere by chance alone."""
    if use.op in ("mean", "var", "std"):
        return True
    is_one_of_many = getattr(use.coefficient, "size", 1) > 1 or bool(use.operand.shape)
    return use.op in ("*", "/") and any(
        node.is_constant or (is_one_of_many and not node.shape) for node in use.other_operands
    )


def simple_factors(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a simple factor on the whole or on one part, for which no constant stands there."""
    is_chance = region.is_scalar and len(region.direct) > MOST_PARTS_OF_ONE
    for part in (region.whole, *(() if is_chance else region.contributions)):
        found = coefficient(region, part)
        every: tuple[float | None, ...] = () if region.is_scalar else (simple_factor(found, region.cached(_lengths)),)
        if region.is_scalar:  # what is likelier is tried before what fits
            every = (*LIKELIEST_OF_ONE, _factor_of_one(region, part, found) if found else None)
        for simple in filter(None, dict.fromkeys(every)):
            numbers = rescale(region, part, simple)
            is_length = simple < 0.9 and round(1.0 / simple) in region.cached(_lengths)
            if simple == 2.0:
                yield Candidate("double", numbers, messages.twice(part.name))
            if part.cut is None and simple * len(region.direct) == 1.0 > simple and not is_length:
                yield Candidate("factor", numbers, messages.MEAN_OF_USES)
            elif region.is_scalar:
                times = round(max(simple, 1.0 / simple))
                is_known = times in region.comparison.multiples
                say = messages.factor_of_constant if is_known else messages.factor_of_uses
                yield Candidate("factor", numbers, say(times, part.name))
            elif simple != 2.0:
                question = _count_question(region, simple)
                if is_length:
                    says = dict(region.cached(sizes_near)).get(round(1.0 / simple), round(1.0 / simple))
                    question = messages.mean_for_sum(says)
                if question:
                    yield Candidate("factor", numbers, messages.off_by_constant(part.name, question))


def one_factor_for_all(region: Neighborhood) -> Iterator[Candidate]:
    """Yield any one factor on all of an array, with either sign, or on one part, where its entries rule out chance."""
    for part in (region.whole, *region.contributions):
        found, is_whole = coefficient(region, part), part.cut is None
        size = abs(found)
        if not 1.0 / LARGEST_FACTOR**2 <= size <= LARGEST_FACTOR**2 or abs(size - 1.0) < NEARLY:
            continue
        if (part.numbers != 0.0).sum() < FEWEST_IN_PROPORTION or not (is_whole or found > 0.0):
            continue
        counted = _count_question(region, found) if is_whole else ""
        clause = messages.one_factor("all of it" if is_whole else f"what comes from {part.name}", size)
        if found < 0.0:
            clause = messages.two_things(messages.SIGN_FLIPPED, messages.EVERY_ENTRY)
        elif counted:
            clause = messages.off_by_constant(part.name, counted)
        yield Candidate("sign" if found < 0.0 else "factor", rescale(region, part, found), clause)


def one_amount_for_all(region: Neighborhood) -> Iterator[Candidate]:
    """Yield any one number added to each entry of an array, where there are enough to rule out chance."""
    if region.recomputed.size >= FEWEST_IN_PROPORTION:
        off = float((region.user_grad - region.recomputed).mean())
        yield Candidate("rule", region.recomputed + off, messages.one_amount("all of it", off))


def common_measures(regions: Sequence[Neighborhood]) -> Iterator[tuple[Neighborhood, Candidate]]:
    """Yield each number that is off by a factor or an amount by which several others are, so that it is no chance."""
    for first in regions:
        times, off = coefficient(first, first.whole), first.user_grad - first.recomputed
        is_factor = 1.0 / LARGEST_FACTOR <= times <= LARGEST_FACTOR and abs(times - 1.0) >= NEARLY
        for factor, amount in ((times if is_factor else 1.0, 0.0), (1.0, off)):
            every = ((region, factor * region.recomputed + amount) for region in regions)
            alike = [(region, number) for region, number in every if region.explains(number)]
            if len({region.recomputed for region, _ in alike}) >= FEWEST_IN_PROPORTION:
                clause = messages.one_amount("it", off) if amount else messages.one_factor("it", times)
                yield from ((each, Candidate("rule" if amount else "factor", number, clause)) for each, number in alike)
                return


def lost_brackets(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the difference of two arrays with a factor on each, c*a - b for c*(a - b), as in 1/n * p - y."""
    near = [region.node, *region.near_nodes, *(operand for node in region.near_nodes for operand in node.operands)]
    arrays = [node for node in dict.fromkeys(near) if node.shape == region.shape]
    enough = region.recomputed.size > FEWEST_IN_PROPORTION
    for one, other in combinations(arrays[:MOST_ARRAYS], 2) if enough else ():
        both = np.stack([np.ravel(one.data), np.ravel(other.data)], axis=1)
        found = brackets_lost(both, region.recomputed, region.user_grad)
        if found is not None:
            has_names = not any(node.is_constant and not node.label for node in (one, other))
            names = region.names((one, other)) if has_names else "the two arrays of which one is subtracted"
            kind, what, numbers = found
            yield Candidate(kind, numbers.reshape(region.shape), f"{names} {what}")


def brackets_lost(both: Any, right: Any, written: Any) -> tuple[str, str, Any] | None:
    """Return what multiples of two columns added up say, and make, where the right ones are a difference; or None."""
    first, second = _coefficients(both, right)
    if first == 0.0 or abs(first + second) > EXACT * abs(first):
        return None
    one, other = _coefficients(both, written)
    if not one or not other or abs(one + other) <= NEARLY * abs(other):
        return None
    return *(("sign", messages.ADDED) if one * other > 0.0 else ("rule", messages.LOST)), both @ (one, other)


def _coefficients(both: Any, numbers: Any) -> Any:
    """Fit an array as a sum of multiples of two others; zeros where it is none."""
    if not is_finite(both):
        return np.zeros(2)
    found = np.linalg.lstsq(both, np.ravel(numbers), rcond=None)[0]
    left = np.linalg.norm(np.ravel(numbers) - both @ found)
    return found if left <= NEARLY * np.linalg.norm(numbers) else np.zeros(2)


def simple_factor(ratio: float, likely: Container[int] = ()) -> float | None:
    """Return the whole number, its inverse, or n/(n-1) or (n-1)/n that `ratio` is; None for none.

    The likely whole numbers it need not be exactly, as a gradient may be rounded.
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
        least = min(abs(part.numbers), abs(region.user_grad - region.recomputed + part.numbers))
        near = Fraction(least).limit_denominator(10_000)  # of 4, 0.25 or 1/3 others are multiples by chance
        is_likely = is_exact and not (near.numerator <= PLAIN and abs(least - near) <= 1e-12 * least)
    return (float(count) if ratio > 1.0 else 1.0 / count) if is_likely else None


def sizes_near(region: Neighborhood) -> list[tuple[int, str]]:
    """Return the sizes of arrays by which a gradient may be divided, each with what it is, the nearer first."""
    near = dict.fromkeys((region.node, *(use.consumer for use in region.direct), *region.sources))
    found: list[tuple[int, int, str]] = []
    for node in dict.fromkeys((*near, *region.known_nodes)):
        name, is_far = region.name(node), node not in near
        for axis, length in enumerate(node.shape):
            says = f"{length}, the length of axis {axis} of {name}"
            found += [(is_far, length, says), (2, length - 1, f"{length - 1}, {messages.ONE_LESS} {says}")]
        found.append((3 * is_far, math.prod(node.shape), f"{math.prod(node.shape)}, the number of entries of {name}"))
    sizes: dict[int, str] = {}
    for _, number, says in sorted(found, key=itemgetter(0)):
        sizes.setdefault(number, says)
    return [(number, says) for number, says in sizes.items() if number > 1]


def _count_question(region: Neighborhood, times: float) -> str:
    """Return which size a gradient was divided by, or not, that is so many times the right one."""
    sizes = [(number, says) for number, says in region.cached(sizes_near) if number > 2]  # a 2 has other reasons
    for number, says in sizes:
        is_likely = messages.ONE_LESS not in says or not region.cached(means)
        if is_likely and abs(times * number - 1.0) < EXACT:
            return messages.divided_by(says)
        if abs(times - number) < EXACT * number:
            is_mean_near = bool(constants_among(region.uses))
            return messages.not_divided_by(says) if is_mean_near else messages.multiplied_by(says)
    for number, says in region.cached(sizes_near):
        is_whole = messages.ONE_LESS in says or math.isqrt(number) ** 2 == number
        if not is_whole and abs(times**2 * number - 1.0) < EXACT:
            return messages.divided_by_root(says)
    # Of 3/6 it is not known which numbers made it.
    pairs = ((n, *other) for n, _ in sizes for other in region.cached(sizes_near) if math.gcd(n, other[0]) == 1)
    found = (says for n, number, says in pairs if abs(times * number - n) < EXACT * n)
    return next(map(messages.divided_by, found), "")


def _lengths(region: Neighborhood) -> set[int]:
    """Return what a mean could be over that stands for a sum: the numbers of entries that are added up on the way."""
    summed = ([use.consumer.shape[axis] for axis in region.axes_of(use)] for use in region.uses)
    return {number for lengths in summed for number in _products(lengths)}


def _products(lengths: Sequence[int]) -> set[int]:
    return {math.prod(some) for count in range(1, len(lengths) + 1) for some in combinations(lengths, count)}
