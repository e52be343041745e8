"""Uses add up: which of them are not there, or there with the other sign, and which came too early."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ..number import is_rounding
from ..verdict.sentences import listed
from . import later, sentences
from .edits import Guess
from .region import Region
from .shares import USES_ADD_UP, by_a_constant, not_added, nothing_or_turned
from .use import Part, Use

if TYPE_CHECKING:
    from ..value import Value

ALL_SUBSETS = 10
"""With more uses than this, not every subset of them is tried: one of thousands would fit any number."""
MOST_IN_PAIRS = 8


def of_the_parts(region: Region) -> Iterator[Guess]:
    """What comes through one node or one use of several is left out, turned round or scaled; then two are left out."""
    yield from _subsets(region) if region.is_of_one_number else _runs(region)
    parts = region.parts
    for part in parts:
        yield from nothing_or_turned(region, part)
        if not region.is_of_one_number:
            yield from by_a_constant(region, part)
    if region.is_of_one_number and len(region.direct) > ALL_SUBSETS:
        return
    for part in parts:
        clause = f"only what comes from {part.name} is there. Uses add up: where are the others?"
        yield Guess("missing-path", part.numbers, clause)
    for one, other in pairs(parts, region):
        names, rest = listed([one.name, other.name]), region.without(one, other)
        yield Guess("missing-path", rest, not_added(names))
        clause = f"the parts that come from {names} have the wrong sign: look for a missing or extra minus in each."
        yield Guess("sign", 2.0 * rest - region.chain, clause)
    yield from _all_of_an_operation(region)


def pairs(parts: Sequence[Part], region: Region) -> Iterator[tuple[Part, Part]]:
    """Two parts each, of as many of the first as are worth the walks."""
    yield from combinations(parts[: min(MOST_IN_PAIRS, region.walks // 4)], 2)


def _all_of_an_operation(region: Region) -> Iterator[Guess]:
    """Every use by one operation is left out, as in all the steps of a recurrence."""
    if region.is_of_one_number and region.written == 0.0:  # see `nothing`
        return
    parts: dict[str, list[Part]] = {}
    for use in region.uses:
        parts.setdefault(str(use.consumer.op), []).append(Part("", region.chain, use.key))
    for op, found in parts.items():
        if 2 < len(found) < len(region.uses):
            clause = f"what comes through each {sentences.operation(op)} is not added. {USES_ADD_UP}"
            yield Guess("missing-path", region.without(*found), clause)


def _runs(region: Region) -> Iterator[Guess]:
    """Of many uses the first few or the last few alone, as in the steps of a recurrence."""
    steps: dict[Value, Any] = {}
    for use in region.direct:
        steps[use.consumer] = steps.get(use.consumer, 0.0) + region.through(use)
    total = len(steps)
    running = region.amounts.full(region.shape, 0.0)
    for count, step in enumerate([*steps.values()][:-1], 1):
        running = running + step
        rest = total - count
        if count > 1 and rest > 1:  # of one alone, or one left out, the name is said
            yield Guess("missing-path", running, _only_some(count, total))
            yield Guess("missing-path", region.chain - running, _only_some(rest, total))


def _only_some(count: int, total: int) -> str:
    return f"only {count} of its {total} uses are there. {USES_ADD_UP}"


def _subsets(region: Region) -> Iterator[Guess]:
    """Proper subsets of the uses of one number: what `=` gives where `+=` belongs, or a forgotten branch."""
    telling = [use for use in region.direct if use.contribution]
    if len(telling) < 2:
        return
    written = region.written

    def is_believed(number: float) -> bool:
        # Where thousands of sums are on offer, one must fit to the last digits to be believed.
        fits = abs(number - written) <= 1e-6 * abs(number)
        return fits or (len(telling) == 2 and is_rounding(written, number))

    for number, places in partial_sums([use.contribution for use in telling], written):
        if is_believed(number):
            missed = [telling[place] for place in places]
            yield _without_uses(region, number, telling, missed)
            return


def _without_uses(region: Region, number: float, uses: Sequence[Use], missed: Sequence[Use]) -> Guess:
    def say() -> str:
        names = [region.name(use.consumer) for use in missed]
        if len(missed) == len(uses):
            return sentences.zero(listed(names))
        are_missed = {use.key for use in missed}
        kept = [use for use in uses if use.key not in are_missed]
        passed = {use.contribution for use in missed}
        if any(use.contribution in passed for use in kept):  # which of them it is cannot be told
            consumers = listed(region.name(use.consumer) for use in uses)
            return sentences.only_some(len(kept), len(uses), consumers)
        return sentences.not_added(names)

    return Guess("missing-path", number, say, tuple(use.key for use in missed))


def partial_sums(parts: Sequence[float], written: float) -> Iterator[tuple[float, Sequence[int]]]:
    """Sums of a proper subset of `parts`, the likeliest first, with the places of the others.

    All but one, one alone (the last one written is the first in backward order), then every subset,
    or of many parts the first few and the last few.
    """
    count, total = len(parts), math.fsum(parts)
    everything = range(count)
    for i, part in enumerate(parts):
        yield total - part, (i,)
    for i in reversed(everything):
        yield parts[i], [other for other in everything if other != i] if count <= ALL_SUBSETS else _AllBut(count, i)
    if written == 0.0:
        yield 0.0, everything
    if count <= ALL_SUBSETS:
        for size in range(count - 2, 1, -1):
            for kept in combinations(everything, size):
                yield math.fsum(parts[i] for i in kept), [i for i in everything if i not in kept]
    else:
        running = parts[0]
        for i in range(1, count - 1):
            running += parts[i]
            yield running, range(i + 1, count)
            yield total - running, range(i + 1)


class _AllBut(Sequence[int]):
    """Every place but one, without a list of them."""

    def __init__(self, count: int, left_out: int) -> None:
        self._count, self._left_out = count, left_out

    def __len__(self) -> int:
        return self._count - 1

    def __getitem__(self, place: Any) -> Any:
        return range(self._count)[place + (place >= self._left_out)]


def of_the_order(region: Region) -> Iterator[Guess]:
    """Yield a consumer that propagated its gradient before all of its own uses were in, or once for each of them."""
    for node in region.sources:
        terms = region.comparison.terms(node)
        if len(terms) < 2:
            continue
        if region.is_of_one_number:
            yield from _early(region, node, [region.amounts.of(term.contribution) for term in terms])
        elif len(terms) <= MOST_IN_PAIRS:
            parts = [region.amounts.spread(term.contribution, node.shape) for term in terms]
            for part in parts:
                for early in (part, sum(parts) - part):
                    numbers = later.from_sources(region, {node: early})
                    yield Guess("missing-path", numbers, sentences.only_a_part(region.name(node)))


def _early(region: Region, node: Value, parts: Sequence[float]) -> Iterator[Guess]:
    """The same of a number, whose gradient is that of the chain rule."""
    upstream = region.upstream(node)
    if not region.comparison.tolerance.accepts(upstream, math.fsum(parts), sum(map(abs, parts))):
        return
    reach = region.from_node(node, 1.0)
    rest = region.chain - upstream * reach
    few = parts[:ALL_SUBSETS]

    for order in (few, few[::-1]):
        running = [math.fsum(order[: i + 1]) for i in range(len(order))]
        yield Guess("double", rest + reach * math.fsum(running), lambda: sentences.too_often(region.name(node)))
    for number, _ in partial_sums(parts, region.written):
        if abs(rest + reach * number - region.written) <= 1e-6 * abs(region.written):
            yield Guess("missing-path", rest + reach * number, lambda: sentences.too_early(region.name(node)))
            break


def nothing(region: Region) -> Iterator[Guess]:
    """A 0 for one number: the last thing to be thought of, as many a rule gives it."""
    if region.written == 0.0 and region.is_of_one_number:
        telling = [use for use in region.direct if region.amounts.is_anything(use.contribution)]
        edges = (telling[0].key,) if len(telling) == 1 else ()
        say = sentences.zero(region.above)
        if len(region.direct) > 1 and edges:  # the other uses pass nothing on, and the last may have the last word
            say = sentences.not_added([region.name(telling[0].consumer)])
        yield Guess("missing-path", region.amounts.full(region.shape, 0.0), say, edges)


def multiplied(region: Region) -> Iterator[Guess]:
    """The uses multiplied with each other, as `*=` does where `+=` belongs."""
    if 1 < len(region.direct) <= MOST_IN_PAIRS:
        parts = [region.through(use) for use in region.direct]
        of = [use.consumer for use in region.direct]
        yield Guess("rule", math.prod(parts), lambda: sentences.multiplied(region.names(of)))
