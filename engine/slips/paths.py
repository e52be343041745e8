"""Uses add up: which of them are not there, or there with the other sign, and which came too early."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ..verdict.rounding import is_rounding
from ..verdict.sentences import listed
from . import messages
from .candidates import Candidate, recompute_lazily
from .neighborhood import Contribution, Key, Neighborhood, Use
from .scale import constant_factors, cut_edges, drop_or_flip
from .values import numpy

if TYPE_CHECKING:
    from ..value import Value

ALL_SUBSETS = 10
"""With more uses than this, not every subset of them is tried: one of thousands would fit any number."""
MOST_IN_PAIRS = 8
MOST_FITTED = 16
EXACT = 1e-6


def missing_contributions(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the gradient with a contribution left out, flipped or scaled; then with two left out."""
    yield from _subsets(region) if region.is_scalar else _runs(region)
    parts = region.contributions
    for part in parts:
        yield from drop_or_flip(region, part)
        if not region.is_scalar:
            yield from constant_factors(region, part)
    if region.is_scalar and len(region.direct) > ALL_SUBSETS:
        return
    for part in parts:
        yield Candidate("missing-path", part.numbers, messages.only_part(part.name))
    for one, other in _pairs(parts, region):
        names, rest = listed([one.name, other.name]), region.drop(one, other)
        yield Candidate("missing-path", rest, messages.part_left_out(names))
        yield Candidate("sign", 2.0 * rest - region.recomputed, messages.sign_of_parts(names))
    if not region.is_scalar or region.user_grad:  # of a 0 see `zero`
        yield from _drop_operations(region)


def _pairs(parts: Sequence[Contribution], region: Neighborhood) -> Iterator[tuple[Contribution, Contribution]]:
    """Yield two parts each, of as many of the first as are worth the walks."""
    yield from combinations(parts[: min(MOST_IN_PAIRS, region.walks // 4)], 2)


def _drop_operations(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the gradient without any use by one operation, as in all the steps of a recurrence."""
    parts: dict[str, list[Contribution]] = {}
    for use in region.uses:
        parts.setdefault(use.op, []).append(Contribution("", region.recomputed, use.key))
    for op, found in parts.items():
        if 2 < len(found) < len(region.uses):
            yield Candidate("missing-path", region.drop(*found), messages.operation_left_out(op))


def _runs(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, of many uses, the first few or the last few alone, as in the steps of a recurrence."""
    steps: dict[Value, Any] = {}
    for use in region.direct:
        steps[use.consumer] = steps.get(use.consumer, 0.0) + region.contribution_through(use)
    total, running = len(steps), region.spread(0.0, region.shape)
    for count, step in enumerate([*steps.values()][:-1], 1):
        running = running + step
        rest = total - count
        if count > 1 and rest > 1:  # of one alone, or one left out, the name is said
            yield Candidate("missing-path", running, messages.only_some_uses(count, total))
            yield Candidate("missing-path", region.recomputed - running, messages.only_some_uses(rest, total))


def _subsets(region: Neighborhood) -> Iterator[Candidate]:
    """Yield proper subsets of the uses of one number: what `=` gives where `+=` belongs, or a forgotten branch."""
    uses, written = [use for use in region.direct if use.contribution], region.user_grad
    for number, is_missed in partial_sums([use.contribution for use in uses], written) if len(uses) > 1 else ():
        # Where thousands of sums are on offer, one must fit to the last digits to be believed.
        if _is_exact(number, written) or (len(uses) == 2 and is_rounding(written, number)):
            yield _drop_uses(region, number, uses, [use for index, use in enumerate(uses) if is_missed(index)])
            return


def _is_exact(number: float, written: float) -> bool:
    return abs(number - written) <= EXACT * abs(number)


def _drop_uses(region: Neighborhood, number: float, uses: Sequence[Use], missed: Sequence[Use]) -> Candidate:
    def say() -> str:
        names = [region.name(use.consumer) for use in missed]
        if len(missed) == len(uses):
            return messages.zero(listed(names))
        are_missed, passed = {use.key for use in missed}, {use.contribution for use in missed}
        kept = [use for use in uses if use.key not in are_missed]
        if any(use.contribution in passed for use in kept):  # which of them it is cannot be told
            return messages.only_some(len(kept), len(uses), listed(region.name(use.consumer) for use in uses))
        return messages.not_added(names)

    return Candidate("missing-path", number, say, tuple(use.key for use in missed))


def partial_sums(parts: Sequence[float], written: float) -> Iterator[tuple[float, Callable[[int], bool]]]:
    """Yield sums of a proper subset of `parts`, the likeliest first, with which of them are left out, by their index.

    All but one, one alone (the last one written is the first in backward order), then every subset,
    or of many parts the first few and the last few.
    """
    count, total = len(parts), math.fsum(parts)
    for i, part in enumerate(parts):
        yield total - part, i.__eq__
    for i in reversed(range(count)):
        yield parts[i], i.__ne__
    if written == 0.0:
        yield 0.0, lambda index: True
    if count <= ALL_SUBSETS:
        for size in range(count - 2, 1, -1):
            for kept in combinations(range(count), size):
                yield math.fsum(parts[i] for i in kept), lambda index, kept=kept: index not in kept  # type: ignore[misc]
    else:
        running = parts[0]
        for i in range(1, count - 1):
            running += parts[i]
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
                    numbers = recompute_lazily(region, {node: early})
                    yield Candidate("missing-path", numbers, messages.only_a_part(region.name(node)))


def _early_number(region: Neighborhood, node: Value, parts: Sequence[float]) -> Iterator[Candidate]:
    """Yield the same of a number, whose gradient is that of the chain rule."""
    upstream = region.upstream(node)
    if not region.comparison.tolerance.accepts(upstream, math.fsum(parts), sum(map(abs, parts))):
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
        say = messages.zero(region.source_names)
        if len(region.direct) > 1 and edges:  # the other uses pass nothing on, and the last may have the last word
            say = messages.not_added([region.name(uses[0].consumer)])
        yield Candidate("missing-path", 0.0, say, edges)


def product_of_uses(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the uses multiplied with each other, as `*=` does where `+=` belongs."""
    if 1 < len(region.direct) <= MOST_IN_PAIRS:
        parts = [region.contribution_through(use) for use in region.direct]
        of = [use.consumer for use in region.direct]
        yield Candidate("rule", math.prod(parts), lambda: messages.multiplied(region.names(of)))


def dropped_edges(region: Neighborhood) -> tuple[Key, ...]:
    """Find the edges whose omission explains the gradient of an array; () where there are none.

    Of the node's own uses where what was written is the sum of some of them; else of a step left blank on the way.
    """
    return _dropped_uses(region) or _dropped_upstream(region)


def _dropped_uses(region: Neighborhood) -> tuple[Key, ...]:
    """Find the uses of the node without which the contributions add up to what was written; () for none."""
    uses, np = region.direct, numpy()
    if not 1 < len(uses) <= MOST_FITTED:
        return ()
    parts = np.array([np.ravel(region.contribution_through(use)) for use in uses])
    times = np.linalg.lstsq(parts.T, np.ravel(region.user_grad), rcond=None)[0]
    counts = np.rint(times)
    if (abs(times - counts) > 1e-3).any() or not set(counts.tolist()) <= {0.0, 1.0}:
        return ()
    return tuple(use.key for use, count in zip(uses, counts.tolist()) if not count)


def _dropped_upstream(region: Neighborhood) -> tuple[Key, ...]:
    """Find the edges through steps left blank whose omission explains what was written; () for none."""
    # What one edge explains is sharper than what all the edges into a node do.
    parts = sorted(region.contributions, key=lambda part: not isinstance(part.cut, tuple))
    for part in parts:
        if region.explains(region.recomputed - part.numbers):
            return cut_edges(region, part)
    for one, other in _pairs(parts, region):
        if region.explains(region.drop(one, other)):
            return (*cut_edges(region, one), *cut_edges(region, other))
    for part in parts:
        if region.explains(part.numbers) and not isinstance(part.cut, tuple):
            others = {node for node in region.sources if node is not part.cut}
            return tuple(use.key for use in region.uses if use.consumer in others)
    return ()
