"""A wrong gradient read as a formula, where no table knows it: at most three terms c * A * sum(B * g).

A and B are arrays that stand between the node and one computed from it, or their inverses; g is the gradient of that
one; the sum runs over no axis, one, or all. The right gradient is read in the same way, and what differs between the
two readings names the slip. It is believed only where it is exact, for six entries or more, with coefficients that
somebody would write. A forward with branches has a formula for each: where only some entries are wrong, those alone
are read, and a constant of the graph is a coefficient, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..arrays.edges import Floats
from .candidates import Candidate
from .layers import computed_from
from .neighborhood import Neighborhood
from .substitutions import fits

if TYPE_CHECKING:
    from ..value import Value

FEWEST_ENTRIES = 6
MOST_ENTRIES = 20_000
MOST_OUTPUTS = 4
MOST_FACTORS = 12
MOST_SAMPLED = 64
"""So many entries tell a formula from others; that it is right is then seen from all."""
EXACT = 1e-7
MOST_ARRAYS = 10
LOST = "come in with factors that differ. Python multiplies before it subtracts: where do the brackets go?"
ADDED = "are added here: which of them comes with a minus?"
LARGEST_TIMES = 1_000
"""A larger number of times is near a whole one by chance."""
LARGEST_DENOMINATOR = 6
MOST_PAIRS = 40
"""So many pairs of terms, the nearest, are tried with each third one."""


class Factor(NamedTuple):
    """An array, and the names of what is multiplied in it; of 1.0 there are none."""

    names: tuple[str, ...]
    data: Any

    def times(self, other: Factor) -> Factor:
        """Return the product with another."""
        return Factor(self.names + other.names, self.data * other.data)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """outer * sum(inner * g)."""

    outer: Factor
    over: Any  # the axis of the sum; None for all of them, () for no sum
    inner: Factor
    has_gradient: bool  # whether g stands in it

    def numbers(self, gradient: Any, shape: tuple[int, ...]) -> Floats:
        """Return what it comes to in that shape."""
        inside = np.broadcast_to(self.inner.data * gradient if self.has_gradient else self.inner.data, shape)
        summed = inside if self.over == () else inside.sum(axis=self.over, keepdims=True)
        return np.asarray(np.broadcast_to(self.outer.data * summed, shape))

    def write(self, gradient: str) -> str:
        """Return the term as one would write it."""
        inside = "*".join((*self.inner.names, *((gradient,) if self.has_gradient else ()))) or "1"
        if self.over != ():
            inside = f"sum({inside})" if self.over is None else f"sum({inside}, axis {self.over})"
        return "*".join((*self.outer.names, inside))

    @property
    def factors(self) -> list[str]:
        """The names of all that is multiplied in it."""
        return sorted(self.outer.names + self.inner.names)


Formula = Mapping[Term, float]
"""Each term, and how many times it is there."""


def formula_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Yield, for each node computed from it, the gradient as a formula of what stands between."""
    if FEWEST_ENTRIES <= math.prod(region.shape) <= MOST_ENTRIES:
        outputs = [y for y in computed_from(region.node, region) if y in region.sources or y.label]
        for y in outputs[:MOST_OUTPUTS]:
            yield from _read_through(region, y)


def _read_through(region: Neighborhood, y: Value) -> Iterator[Candidate]:
    """Yield the formula of what comes through one node; or of the entries that are wrong, where others are right."""
    part, gradient = region.contribution_of(y), region.spread(region.upstream(y), y.shape)
    rest = region.recomputed - part
    off = np.abs(region.user_grad - region.recomputed) > EXACT * np.abs(region.recomputed)
    is_branch = np.count_nonzero(off) >= FEWEST_ENTRIES and not off.all() and np.isfinite(region.user_grad).all()
    constants = [abs(node.data) for node in region.comparison.places if node.is_constant and not node.shape]
    for where, times in ((None, ()), (off, [one for one in constants if one]))[: 1 + is_branch]:
        terms = _Terms(region, y, gradient, where, times)
        wrong = terms.read(region.user_grad - rest)
        if wrong is None:
            continue
        right = (None if where is None else terms.read_like(wrong, part)) or terms.read(part)
        if right is None and (where is not None or len(wrong) == 1):  # there is nothing to ask about it
            return
        kind, question = _compare(right or {}, wrong)
        text = f"that is {_write(wrong, region.name(y))}: {question}"
        numbers = rest + terms.sum_of(wrong)
        if where is not None:
            numbers, text = np.where(where, numbers, region.recomputed), f"where it is wrong, {text}"
        yield Candidate(kind, numbers, text)
        return


def _write(formula: Formula, name: str) -> str:
    """Return a formula as one would write it: added terms before subtracted, plain ones before sums."""
    text = ""
    for term, times in sorted(formula.items(), key=lambda each: (each[1] < 0.0, each[0].over != ())):
        joint = (" - " if times < 0.0 else " + ") if text else "-" * (times < 0.0)
        size, written = abs(times), term.write(f"{_bracket(name)}.grad")
        part = round(1.0 / size)
        if part > 1 and abs(size * part - 1.0) < 1e-6:
            written = f"{written}/{part}"
        elif abs(size - 1.0) >= 1e-6:
            written = f"{size:.4g}*{written}"
        text += joint + written
    return text


def _bracket(name: str) -> str:
    return name if name.isidentifier() else f"({name})"


class _Terms:
    """All terms that may stand in the gradient of a node through one computed from it, in all entries or in some.

    A coefficient may be a plain multiple of 1, or of a constant.
    """

    def __init__(
        self, region: Neighborhood, y: Value, gradient: Floats, where: Any = None, constants: Sequence[float] = ()
    ) -> None:
        self.shape, self.gradient = region.node.shape, gradient
        self._where = np.flatnonzero(np.ones(self.shape) if where is None else where)
        count = len(self._where)
        self._at = self._where[np.unique(np.linspace(0, count - 1, min(count, MOST_SAMPLED)).astype(int))]
        lengths = {math.prod(some) for n in (1, 2) for some in combinations(self.shape, n)}
        denominators = {*range(1, LARGEST_DENOMINATOR + 1), *lengths}
        self._units = [n / one for n in denominators for one in (1.0, *constants)]
        columns: dict[tuple[float, ...], tuple[Term, Floats]] = {}
        for term in _candidate_terms(region, y):
            column = np.ravel(term.numbers(gradient, self.shape))[self._at]
            size = float(np.linalg.norm(column))
            if size and math.isfinite(size):
                columns.setdefault(tuple(np.round(column / size, 9)), (term, column))
        self.terms = [term for term, _ in columns.values()]
        self._columns = np.array([column for _, column in columns.values()]).T

    def sum_of(self, formula: Formula) -> Any:
        """Return what a formula comes to."""
        return sum(times * term.numbers(self.gradient, self.shape) for term, times in formula.items())

    def read(self, numbers: Any) -> Formula | None:
        """Return the fewest terms of which some numbers are the sum; None where more than three are needed."""
        wanted = np.ravel(numbers)[self._at]
        if not self.terms or not np.linalg.norm(wanted) or not np.isfinite(wanted).all():
            return None
        return self._first_fit(_nearest(self._columns / np.linalg.norm(self._columns, axis=0), wanted), numbers)

    def read_like(self, other: Formula, numbers: Any) -> Formula | None:
        """Return the same in the terms of another formula, but for one of them; None where it has no such reading."""
        own = [self.terms.index(term) for term in other]
        others = [index for index in range(len(self.terms)) if index not in own]
        near = ([*(index for index in own if index != left), one] for left in own for one in others)
        return self._first_fit((own, *near), numbers)

    def _first_fit(self, choices: Iterable[list[int]], numbers: Any) -> Formula | None:
        """Return the first terms that give the numbers exactly, with factors that somebody would write."""
        whole = np.ravel(numbers)[self._where]
        wanted = np.ravel(numbers)[self._at]
        for which in choices:
            columns = self._columns[:, which]
            times = np.linalg.lstsq(columns, wanted, rcond=None)[0]
            is_near = np.linalg.norm(wanted - columns @ times) <= EXACT * np.linalg.norm(wanted)
            if is_near and all(map(self._is_plain, times)):
                found = {self.terms[index]: float(number) for index, number in zip(which, times)}
                left = np.linalg.norm(whole - np.ravel(self.sum_of(found))[self._where])
                if left <= EXACT * np.linalg.norm(whole):
                    return found
        return None

    def _is_plain(self, number: float) -> bool:
        """Tell whether somebody would write that factor: a whole number, a small part, or 1/n of a mean."""
        wholes = ((exact, round(exact)) for exact in (abs(number) * unit for unit in self._units))
        is_whole = (bool(whole) and abs(exact - whole) <= 1e-6 * exact for exact, whole in wholes)
        return bool(abs(number) <= LARGEST_TIMES and any(is_whole))


def _nearest(units: Floats, wanted: Floats) -> Iterator[list[int]]:
    """Yield the term that leaves the least over of some numbers, then such pairs of terms, then three each."""
    along = units.T @ wanted
    yield [int(np.argmax(np.abs(along)))]
    angles = units.T @ units
    apart = 1.0 - angles**2
    gained = along[:, None] ** 2 + along[None, :] ** 2 - 2.0 * angles * along[:, None] * along[None, :]
    gained = np.where(apart > 1e-8, gained / np.where(apart > 1e-8, apart, 1.0), -np.inf)
    gained[np.tril_indices(len(gained))] = -np.inf
    most = min(MOST_PAIRS, gained.size)
    best = np.argpartition(gained, -most, axis=None)[-most:]
    best = best[np.argsort(gained.ravel()[best])[::-1]]
    pairs = [[int(i) for i in np.unravel_index(index, gained.shape)] for index in best]
    yield from pairs
    for pair in pairs:
        third = _third(units, pair, wanted)
        if third not in pair:
            yield [*pair, third]


def _third(units: Floats, pair: list[int], wanted: Floats) -> int:
    """Return the term that has most of what two leave over."""
    base, _ = np.linalg.qr(units[:, pair])
    rest, others = wanted - base @ (base.T @ wanted), units - base @ (base.T @ units)
    sizes = np.linalg.norm(others, axis=0)
    return int(np.argmax(np.where(sizes > 1e-4, np.abs(others.T @ rest) / np.where(sizes > 1e-4, sizes, 1.0), -1.0)))


def _candidate_terms(region: Neighborhood, y: Value) -> Iterator[Term]:
    factors = _factors(region, y)
    unit, *plain = factors
    squares = [factor.times(factor) for factor in plain[:3]]
    squares += [one.times(other) for one, other in combinations(plain[:4], 2)]
    over_one = [end.times(factor) for end in plain[:2] for factor in plain if factor.names[0].startswith("(1/")]
    for has_gradient in (True, False):
        for inner in (*factors, *squares):
            yield Term(unit, (), inner, has_gradient)
            for over in (*range(len(y.shape)), None):
                for outer in (*factors, *squares[:3], *over_one):
                    yield Term(outer, over, inner, has_gradient)


def _factors(region: Neighborhood, y: Value) -> list[Factor]:
    """Return the factors to try: 1, the two ends, what stands between and beside, and inverses."""
    x = region.node
    between = [node for node in region.near_nodes if node is not x and node is not y]
    near = [x, y, *between[:6], *(operand for node in (y, *between[:6]) for operand in node.operands)]
    found = [Factor((), np.ones(()))]
    for node in dict.fromkeys(near):
        data = np.asarray(node.data, dtype=float)
        if data.size > 1 and fits(data.shape, y.shape) and not region.node_names.is_step(node):
            found.append(Factor((_bracket(region.name(node)),), data))
    plain = found[1:]
    found += [Factor((f"exp({factor.names[0]})",), np.exp(factor.data)) for factor in plain[:2]]
    found += [Factor((f"(1/{factor.names[0]})",), 1.0 / factor.data) for factor in plain[1:5]]
    kept: list[Factor] = []
    for factor in found:
        data = factor.data
        is_known = any(data.shape == other.data.shape and np.allclose(data, other.data) for other in kept)
        if not is_known and np.isfinite(data).all():
            kept.append(factor)
    return kept[: MOST_FACTORS + 1]


def _compare(right: Formula, wrong: Formula) -> tuple[str, str]:
    """Return the kind of slip that the first difference between two readings is, and what to ask."""
    if not any(term.has_gradient for term in wrong):
        return "forgot-upstream", "where is the upstream gradient?"
    if not right:
        return "rule", "which of its terms is not in the rule?"
    off = [term for term in right if term in wrong and abs(wrong[term] - right[term]) > 1e-5 * abs(right[term])]
    extra = [term for term in wrong if term not in right]
    gone = [term for term in right if term not in wrong]
    if not extra and gone and not off:
        return "missing-path", "uses add up: which term is missing?"
    if not extra and not gone:
        if all(abs(wrong[term] + right[term]) <= 1e-5 * abs(right[term]) for term in off):
            return "sign", "which of its terms has the wrong sign?"
        return "factor", "which of its terms is off by a factor?"
    return _compare_terms(extra, gone)


def _compare_terms(extra: list[Term], gone: list[Term]) -> tuple[str, str]:
    for one in extra:
        for other in gone:
            if one.over == () and other.over != () and one.factors == other.factors:
                return "missing-path", "an entry depends on more than what stands in its own place: where is the sum?"
            if one.over != other.over and () not in (one.over, other.over):
                return "wrong-axis", "over which axis is that sum to be taken?"
            is_shorter = len(one.factors) < len(other.factors) and set(one.factors) <= set(other.factors)
            if one.over == other.over and is_shorter:
                return "forgot-local", "which factor is missing in it?"
    if not gone:
        return "rule", "which of its terms is one too many?"
    return "rule", "which of its terms is another one in the rule?"


def lost_brackets(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the difference of two arrays with a factor on each, c*a - b for c*(a - b), as in 1/n * p - y."""
    near = [region.node, *region.near_nodes, *(operand for node in region.near_nodes for operand in node.operands)]
    arrays = [node for node in dict.fromkeys(near) if node.shape == region.shape]
    enough = region.recomputed.size >= FEWEST_ENTRIES - 1
    for one, other in combinations(arrays[:MOST_ARRAYS], 2) if enough else ():
        both = np.stack([np.ravel(one.data), np.ravel(other.data)], axis=1)
        first, second = _coefficients(both, region.recomputed)
        if first == 0.0 or not np.isclose(first, -second, rtol=1e-6):
            continue
        written = _coefficients(both, region.user_grad)
        if np.all(written) and not np.isclose(written[0], -written[1], rtol=1e-3):
            has_names = not any(node.is_constant and not node.label for node in (one, other))
            names = region.names((one, other)) if has_names else "the two arrays of which one is subtracted"
            kind, what = ("sign", ADDED) if written[0] * written[1] > 0.0 else ("rule", LOST)
            yield Candidate(kind, (both @ written).reshape(region.shape), f"{names} {what}")


def _coefficients(both: Any, numbers: Any) -> Any:
    """Fit an array as a sum of multiples of two others; zeros where it is none."""
    if not np.isfinite(both).all():
        return np.zeros(2)
    found = np.linalg.lstsq(both, np.ravel(numbers), rcond=None)[0]
    left = np.linalg.norm(np.ravel(numbers) - both @ found)
    return found if left <= 1e-3 * np.linalg.norm(numbers) else np.zeros(2)
