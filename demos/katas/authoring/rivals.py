"""Two known slips that the tests of a kata do not tell apart: they give one number in every test.

Each likely slip is planted at each gradient that a test asks for. Where two of them give one number by what they are,
at other inputs of the same graph too, that is no fault of the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from handgrad import Comparison, Status, compare, gradients
from handgrad.graph import topological_order
from handgrad.number import one_line
from handgrad.slips.candidates import Candidate, fingerprint
from handgrad.slips.contributions import constants_among, drop_or_flip, rescale
from handgrad.slips.messages import unmark
from handgrad.slips.neighborhood import Neighborhood
from handgrad.slips.search import LIKELY, Detector, Explanation, is_subsumed

from ..checking import watch_right

RIVALS = "slips that no test tells apart: "
"""What an answer prints before them."""
MOST_SHOWN = 3
CLOSE = 1e-6
"""Numbers are one that differ by this share of the largest."""
VARIED = (0.8, 1.25)
"""By which factors the inputs differ."""
_INDICES = re.compile(r"\d+")
_PARTS = next(detector for detector in LIKELY if detector.name == "missing_contributions")

Pair = tuple[str, str]
"""The words of two slips; "" for the second where the first gives the right number."""


class Planted(NamedTuple):
    """A slip at a node, and what the node gets by it."""

    explanation: Explanation
    numbers: Any

    @property
    def words(self) -> str:
        """What a learner would be told."""
        return self.explanation.candidate.clause


class Rivals:
    """The slips that none of the tests seen tells apart, by the names of nodes without their numbers."""

    def __init__(self) -> None:
        self._pairs: dict[str, dict[Pair, float]] = {}
        self._means: dict[tuple[str, int], list[Mean]] = {}
        self._names: dict[str, str] = {}

    def see(self, comparison: Comparison) -> None:
        """Look at a test that has found every gradient right."""
        regions = _unlike(comparison)
        for stem, region in regions.items():
            for number, mean in enumerate(_means(region)):
                self._means.setdefault((stem, number), []).append(mean)
        news = {stem: region for stem, region in regions.items() if stem not in self._names}
        for stem in [*self._pairs]:
            if self._pairs[stem] and stem in regions:
                again = _pairs(regions[stem])
                self._pairs[stem] = {pair: number for pair, number in self._pairs[stem].items() if pair in again}
        self._names.update({stem: comparison.names[region.node] for stem, region in news.items()})
        self._pairs.update({stem: _pairs(region) for stem, region in news.items()})
        if any(self._pairs[stem] for stem in news):
            others = _plant_at_other_inputs(comparison)
            for stem in news:
                found, numbers = self._pairs[stem].items(), others.get(stem, {})
                self._pairs[stem] = {pair: number for pair, number in found if _differ(pair, numbers)}

    def problems(self) -> Iterator[str]:
        """Yield what is to be changed, a sentence each."""
        for stem, pairs in self._pairs.items():
            for (one, other), number in pairs.items():
                if other:
                    says = f"two slips give one number in every test, {number:.6g} first: '{one}' and '{other}'"
                else:
                    says = f"this slip gives the right number in every test: '{one}'"
                yield f"{self._names[stem]}: {says} Take inputs that tell."
        for (stem, _), tests in self._means.items():
            for size in _same_sizes(tests):
                yield (
                    f"{self._names[stem]}: in {tests[0].where}, to divide by {size} gives one number in every test, as "
                    f"by {tests[0].count} first. Take sizes that differ."
                )


def _differ(pair: Pair, numbers: Mapping[str, Sequence[Any]]) -> bool:
    """Tell whether two slips of those planted never give one number; what was not planted there tells nothing."""
    one, other = (numbers.get(words, ()) for words in pair)
    return bool(one and other) and not any(_is_same(*both) for both in product(one, other))


class Mean(NamedTuple):
    """A division by a number of entries above a gradient."""

    where: str
    count: int
    shape: Sequence[int]  # of an array there


def _means(region: Neighborhood) -> Iterator[Mean]:
    for constant in () if region.is_scalar else constants_among(region.uses):
        count = round(1.0 / constant.size)
        if count > 1 and abs(constant.size * count - 1.0) < CLOSE:
            shape = constant.use.operand.shape if constant.is_mean else region.shape
            yield Mean(unmark(region.where(constant.use)), count, shape)


def _same_sizes(tests: Sequence[Mean]) -> Iterator[str]:
    """Yield what is of one size with another in every test, where either may stand below a sum."""
    axes = range(min(len(mean.shape) for mean in tests))
    apart = [{mean.shape[axis] - mean.count for mean in tests} for axis in axes]
    own, more, less = ([axis for axis in axes if apart[axis] == {off}] for off in (0, 1, -1))
    if own:
        yield from (f"the length of axis {own[0]} and by that of axis {axis}" for axis in own[1:])
        yield from (f"n - 1 or n + 1 and by the length of axis {axis}" for axis in (*more, *less))
    else:  # a variance is divided by n - 1
        yield from (f"n, the length of axis {more[0]}, and by that of axis {axis}" for axis in more[1:])


def _unlike(comparison: Comparison) -> dict[str, Neighborhood]:
    """Return what lies above each gradient that is asked for; of names that differ in numbers alone the first."""
    found: dict[str, Any] = {}
    for result in comparison:
        if result.status is Status.CORRECT and comparison.uses[result.node]:
            found.setdefault(_INDICES.sub("", one_line(result.name)), result)
    return {stem: Neighborhood(result, comparison) for stem, result in found.items()}


def _pairs(region: Neighborhood) -> dict[Pair, float]:
    """Return the slips that give one number, and that number."""
    found: dict[Pair, float] = {}
    every = sorted(((fingerprint(planted.numbers), planted) for planted in _plant(region)), key=lambda one: one[0])
    for place, (mark, one) in enumerate(every):
        first = float(np.ravel(one.numbers)[0])
        is_right = _is_same(region.recomputed, one.numbers)
        if is_right and region.is_scalar:  # of arrays, what a maximum that is taken away passes on cancels by nature
            found[one.words, ""] = first
        for other_mark, other in () if is_right else every[place + 1 :]:
            if other_mark - mark > CLOSE * abs(mark):
                break
            if _is_same(one.numbers, other.numbers) and not _is_one_slip(one, other, region):
                found[min(one.words, other.words), max(one.words, other.words)] = first
    return found


def _is_one_slip(one: Planted, other: Planted, region: Neighborhood) -> bool:
    first, second = one.explanation, other.explanation
    return one.words == other.words or is_subsumed(first, second, region) or is_subsumed(second, first, region)


def _is_same(numbers: Any, other: Any) -> bool:
    largest = max(float(np.max(np.abs(each), initial=0.0)) for each in (numbers, other))
    return bool(np.max(np.abs(numbers - other), initial=0.0) <= CLOSE * largest)


def _plant(region: Neighborhood) -> list[Planted]:
    """Return the likely slips at a node."""
    found, written = [], region.user_grad
    with region.silence():
        for detector in LIKELY:
            for candidate in () if detector.is_weak else detector.candidates(region):
                found.append(_measure_planted(candidate, detector, region))
        for part, times in product((region.whole, *region.contributions), (-1.0, 0.0)):
            region.user_grad = rescale(region, part, times)
            found += [_measure_planted(candidate, _PARTS, region) for candidate in drop_or_flip(region, part)]
    region.user_grad = written
    return found


def _measure_planted(candidate: Candidate, detector: Detector, region: Neighborhood) -> Planted:
    return Planted(Explanation(candidate, detector), region.spread(candidate.numbers, region.shape))


def _numbers_by_words(region: Neighborhood) -> dict[str, list[Any]]:
    """Return what the likely slips give, and what is right."""
    found = {"": [region.recomputed]}
    for planted in _plant(region):
        found.setdefault(planted.words, []).append(planted.numbers)
    return found


def _plant_at_other_inputs(comparison: Comparison) -> dict[str, dict[str, list[Any]]]:
    """Return what slips give where every leaf of the graph is another, by nodes and words."""
    order, rng = topological_order(comparison.root), np.random.default_rng(1)
    kept = [(node, node.data, node.grad) for node in order]
    asked = [result.node for result in comparison if result.status is not Status.SKIPPED]
    try:
        for node in order:
            if node.op is not None:
                node._data = node.op.forward(*[operand.data for operand in node.operands])
            elif not node.is_constant:
                node._data = node.data * rng.uniform(*VARIED, size=node.shape)
        right = gradients(comparison.root)
        for node in asked:
            node.grad = right[node]
        regions = _unlike(compare(comparison.root, nodes=asked))
        return {stem: _numbers_by_words(region) for stem, region in regions.items()}
    except (ArithmeticError, ValueError):
        return {}
    finally:
        for node, data, grad in kept:
            node._data, node.grad = data, grad  # what is masked with -inf may not be set


def report_rivals() -> None:
    """Print, after each test of the kata, the slips that none so far tells apart."""
    rivals = Rivals()

    def report(comparison: Comparison) -> None:
        rivals.see(comparison)
        print(RIVALS + repr([*rivals.problems()][:MOST_SHOWN]))

    watch_right(report)
