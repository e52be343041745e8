"""Uses add up: which of them are not there, or there with the other sign, and which came too early."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ..verdict.rounding import is_rounding
from ..verdict.sentences import listed
from . import lazy, messages
from .candidates import Candidate
from .neighborhood import Neighborhood
from .scale import USES_ADD_UP, constant_factors, missing_or_flipped, not_added
from .use import Contribution, Use

if TYPE_CHECKING:
    from ..value import Value

ALL_SUBSETS = 10
"""With more uses than this, not every subset of them is tried: one of thousands would fit any number."""
MOST_IN_PAIRS = 8


def missing_contributions(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the gradient with a contribution left out, flipped or scaled; then with two left out."""
    yield from _subsets(region) if region.is_of_one_number else _runs(region)
    parts = region.contributions
    for part in parts:
        yield from missing_or_flipped(region, part)
        if not region.is_of_one_number:
            yield from constant_factors(region, part)
    if region.is_of_one_number and len(region.direct) > ALL_SUBSETS:
        return
    for part in parts:
        clause = f"only what comes from {part.name} is there. Uses add up: where are the others?"
        yield Candidate("missing-path", part.numbers, clause)
    for one, other in pairs(parts, region):
        names, rest = listed([one.name, other.name]), region.drop(one, other)
        yield Candidate("missing-path", rest, not_added(names))
        clause = f"the parts that come from {names} have the wrong sign: look for a missing or extra minus in each."
        yield Candidate("sign", 2.0 * rest - region.recomputed, clause)
    yield from _all_of_an_operation(region)


def pairs(parts: Sequence[Contribution], region: Neighborhood) -> Iterator[tuple[Contribution, Contribution]]:
    """Yield two parts each, of as many of the first as are worth the walks."""
    yield from combinations(parts[: min(MOST_IN_PAIRS, region.walks // 4)], 2)


def _all_of_an_operation(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the gradient without any use by one operation, as in all the steps of a recurrence."""
    if region.is_of_one_number and region.user_grad == 0.0:  # see `nothing`
        return
    parts: dict[str, list[Contribution]] = {}
    for use in region.uses:
        parts.setdefault(str(use.consumer.op), []).append(Contribution("", region.recomputed, use.key))
    for op, found in parts.items():
        if 2 < len(found) < len(region.uses):
            clause = f"what comes through each {messages.operation(op)} is not added. {USES_ADD_UP}"
            yield Candidate("missing-path", region.drop(*found), clause)


def _runs(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of many uses, the first few or the last few alone, as in the steps of a recurrence."""
    steps: dict[Value, Any] = {}
    for use in region.direct:
        steps[use.consumer] = steps.get(use.consumer, 0.0) + region.contribution_through(use)
    total = len(steps)
    running = region.arithmetic.full(region.shape, 0.0)
    for count, step in enumerate([*steps.values()][:-1], 1):
        running = running + step
        rest = total - count
        if count > 1 and rest > 1:  # of one alone, or one left out, the name is said
            yield Candidate("missing-path", running, _only_some(count, total))
            yield Candidate("missing-path", region.recomputed - running, _only_some(rest, total))


def _only_some(count: int, total: int) -> str:
    return f"only {count} of its {total} uses are there. {USES_ADD_UP}"


def _subsets(region: Neighborhood) -> Iterator[Candidate]:
    """Yield proper subsets of the uses of one number: what `=` gives where `+=` belongs, or a forgotten branch."""
    telling = [use for use in region.direct if use.contribution]
    if len(telling) < 2:
        return
    written = region.user_grad

    def is_believed(number: float) -> bool:
        # Where thousands of sums are on offer, one must fit to the last digits to be believed.
        fits = abs(number - written) <= 1e-6 * abs(number)
        return fits or (len(telling) == 2 and is_rounding(written, number))

    for number, places in partial_sums([use.contribution for use in telling], written):
        if is_believed(number):
            missed = [telling[place] for place in places]
            yield _without_uses(region, number, telling, missed)
            return


def _without_uses(region: Neighborhood, number: float, uses: Sequence[Use], missed: Sequence[Use]) -> Candidate:
    def say() -> str:
        names = [region.name(use.consumer) for use in missed]
        if len(missed) == len(uses):
            return messages.zero(listed(names))
        are_missed = {use.key for use in missed}
        kept = [use for use in uses if use.key not in are_missed]
        passed = {use.contribution for use in missed}
        if any(use.contribution in passed for use in kept):  # which of them it is cannot be told
            consumers = listed(region.name(use.consumer) for use in uses)
            return messages.only_some(len(kept), len(uses), consumers)
        return messages.not_added(names)

    return Candidate("missing-path", number, say, tuple(use.key for use in missed))


def partial_sums(parts: Sequence[float], written: float) -> Iterator[tuple[float, Sequence[int]]]:
    """Yield sums of a proper subset of `parts`, the likeliest first, with the places of the others.

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


def too_early_or_often(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a consumer that propagated its gradient before all of its own uses were in, or once for each of them."""
    for node in region.sources:
        terms = region.comparison.terms(node)
        if len(terms) < 2:
            continue
        if region.is_of_one_number:
            yield from _early(region, node, [region.arithmetic.of(term.contribution) for term in terms])
        elif len(terms) <= MOST_IN_PAIRS:
            parts = [region.arithmetic.spread(term.contribution, node.shape) for term in terms]
            for part in parts:
                for early in (part, sum(parts) - part):
                    numbers = lazy.from_sources(region, {node: early})
                    yield Candidate("missing-path", numbers, messages.only_a_part(region.name(node)))


def _early(region: Neighborhood, node: Value, parts: Sequence[float]) -> Iterator[Candidate]:
    """Yield the same of a number, whose gradient is that of the chain rule."""
    upstream = region.upstream(node)
    if not region.comparison.tolerance.accepts(upstream, math.fsum(parts), sum(map(abs, parts))):
        return
    reach = region.from_node(node, 1.0)
    rest = region.recomputed - upstream * reach
    few = parts[:ALL_SUBSETS]

    for order in (few, few[::-1]):
        running = [math.fsum(order[: i + 1]) for i in range(len(order))]
        yield Candidate("double", rest + reach * math.fsum(running), lambda: messages.too_often(region.name(node)))
    for number, _ in partial_sums(parts, region.user_grad):
        if abs(rest + reach * number - region.user_grad) <= 1e-6 * abs(region.user_grad):
            yield Candidate("missing-path", rest + reach * number, lambda: messages.too_early(region.name(node)))
            break


def zero_written(region: Neighborhood) -> Iterator[Candidate]:
    """Yield a 0 for one number: the last thing to be thought of, as many a rule gives it."""
    if region.user_grad == 0.0 and region.is_of_one_number:
        telling = [use for use in region.direct if region.arithmetic.is_anything(use.contribution)]
        edges = (telling[0].key,) if len(telling) == 1 else ()
        say = messages.zero(region.source_names)
        if len(region.direct) > 1 and edges:  # the other uses pass nothing on, and the last may have the last word
            say = messages.not_added([region.name(telling[0].consumer)])
        yield Candidate("missing-path", region.arithmetic.full(region.shape, 0.0), say, edges)


def multiplied_uses(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the uses multiplied with each other, as `*=` does where `+=` belongs."""
    if 1 < len(region.direct) <= MOST_IN_PAIRS:
        parts = [region.contribution_through(use) for use in region.direct]
        of = [use.consumer for use in region.direct]
        yield Candidate("rule", math.prod(parts), lambda: messages.multiplied(region.names(of)))
