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
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """An array by its name; of 1.0 the name is empty."""

    name: str
    data: Any


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """outer * sum(inner * g).

    Attributes:
        over: the axis of the sum; None for all of them, () for no sum.
        has_gradient: whether g stands in it.
    """

    outer: Factor
    over: Any
    inner: Factor
    has_gradient: bool

    def numbers(self, gradient: Any, shape: tuple[int, ...]) -> Floats:
        """Return what it comes to in that shape."""
        inside = np.broadcast_to(self.inner.data * gradient if self.has_gradient else self.inner.data, shape)
        summed = inside if self.over == () else inside.sum(axis=self.over, keepdims=True)
        return np.asarray(np.broadcast_to(self.outer.data * summed, shape))

    def write(self, gradient: str) -> str:
        """Return the term as one would write it."""
        inside = "*".join(name for name in (self.inner.name, gradient if self.has_gradient else "") if name) or "1"
        if self.over is None:
            inside = f"sum({inside})"
        elif self.over != ():
            inside = f"sum({inside}, axis {self.over})"
        return "*".join(name for name in (self.outer.name, inside) if name)

    @property
    def factors(self) -> list[str]:
        """The names of all that is multiplied in it."""
        return sorted(name for factor in (self.outer, self.inner) for name in factor.name.split("*") if name)


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
    gradient, text = f"{_bracket(name)}.grad", ""
    for term, times in sorted(formula.items(), key=lambda each: (each[1] < 0.0, each[0].over != ())):
        joint = (" - " if times < 0.0 else " + ") if text else "-" * (times < 0.0)
        text += joint + _write_multiple(abs(times), term.write(gradient))
    return text


def _write_multiple(times: float, term: str) -> str:
    if abs(times - 1.0) < 1e-6:
        return term
    part = round(1.0 / times)
    return f"{term}/{part}" if part > 1 and abs(times * part - 1.0) < 1e-6 else f"{times:.4g}*{term}"


def _bracket(name: str) -> str:
    return name if name.isidentifier() else f"({name})"


class _Terms:
    """All terms that may stand in the gradient of a node through one computed from it.

    Args:
        where: the entries that are read; None for all.
        constants: what a coefficient may be a plain multiple of, besides 1.
    """

    def __init__(
        self, region: Neighborhood, y: Value, gradient: Floats, where: Any = None, constants: Sequence[float] = ()
    ) -> None:
        self.shape, self.gradient, self._coefficients = region.node.shape, gradient, [1.0, *constants]
        self._where = np.flatnonzero(np.ones(self.shape) if where is None else where)
        count = len(self._where)
        self._at = self._where[np.unique(np.linspace(0, count - 1, min(count, MOST_SAMPLED)).astype(int))]
        self._lengths = {math.prod(some) for n in (1, 2) for some in combinations(self.shape, n)}
        self.terms: list[Term] = []
        columns: list[Floats] = []
        met = set()
        for term in _candidate_terms(region, y):
            column = self._sample(term.numbers(gradient, self.shape))
            size = float(np.linalg.norm(column))
            if not size or not math.isfinite(size):
                continue
            key = tuple(np.round(column / size, 9))
            if key not in met:
                met.add(key)
                self.terms.append(term)
                columns.append(column)
        self._columns = np.array(columns).T

    def _sample(self, numbers: Any) -> Floats:
        return np.asarray(np.ravel(numbers)[self._at])

    def sum_of(self, formula: Formula) -> Any:
        """Return what a formula comes to."""
        return sum(times * term.numbers(self.gradient, self.shape) for term, times in formula.items())

    def read(self, numbers: Any) -> Formula | None:
        """Return the fewest terms of which some numbers are the sum; None where more than three are needed."""
        wanted = self._sample(numbers)
        if not self.terms or not np.linalg.norm(wanted) or not np.isfinite(wanted).all():
            return None
        units = self._columns / np.linalg.norm(self._columns, axis=0)
        return self._first_fit(_nearest(units, wanted), wanted, numbers)

    def read_like(self, other: Formula, numbers: Any) -> Formula | None:
        """Return the same in the terms of another formula, but for one of them; None where it has no such reading."""
        wanted, own = self._sample(numbers), [self.terms.index(term) for term in other]
        others = [index for index in range(len(self.terms)) if index not in own]
        near = ([*(index for index in own if index != left), one] for left in own for one in others)
        return self._first_fit((own, *near), wanted, numbers)

    def _first_fit(self, choices: Iterable[list[int]], wanted: Floats, numbers: Any) -> Formula | None:
        readings = (self._fit(which, wanted, numbers) for which in choices)
        return next((found for found in readings if found is not None), None)

    def _fit(self, which: list[int], wanted: Floats, numbers: Any) -> Formula | None:
        """Fit the numbers by multiples of some terms, exactly and with factors that somebody would write."""
        columns = self._columns[:, which]
        times = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        if np.linalg.norm(wanted - columns @ times) > EXACT * np.linalg.norm(wanted):
            return None
        if not all(self._is_plain(number) for number in times):
            return None
        found = {self.terms[index]: float(number) for index, number in zip(which, times)}
        read = np.ravel(numbers)[self._where]
        left = np.linalg.norm(read - np.ravel(self.sum_of(found))[self._where])
        return found if left <= EXACT * np.linalg.norm(read) else None

    def _is_plain(self, number: float) -> bool:
        """Tell whether somebody would write that factor: a whole number, a small part, or 1/n of a mean."""
        if abs(number) > LARGEST_TIMES:
            return False
        denominators = {*range(1, LARGEST_DENOMINATOR + 1), *self._lengths}
        times = [abs(number) * n / one for n in denominators for one in self._coefficients]
        wholes = ((exact, round(exact)) for exact in times)
        return any(whole and abs(exact - whole) <= 1e-6 * exact for exact, whole in wholes)


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
    squares = [_product(factor, factor) for factor in plain[:3]]
    squares += [_product(one, other) for one, other in combinations(plain[:4], 2)]
    over_one = [_product(end, factor) for end in plain[:2] for factor in plain if factor.name.startswith("(1/")]
    axes = [*range(len(y.shape)), None]
    for has_gradient in (True, False):
        for inner in (*factors, *squares):
            yield Term(unit, (), inner, has_gradient)
            for over in axes:
                for outer in (*factors, *squares[:3], *over_one):
                    yield Term(outer, over, inner, has_gradient)


def _product(one: Factor, other: Factor) -> Factor:
    return Factor(f"{one.name}*{other.name}", one.data * other.data)


def _factors(region: Neighborhood, y: Value) -> list[Factor]:
    """Return the factors to try: 1, the two ends, what stands between and beside, and inverses."""
    x = region.node
    between = [node for node in region.near_nodes if node is not x and node is not y]
    near = [x, y, *between[:6], *(operand for node in (y, *between[:6]) for operand in node.operands)]
    found = [Factor("", np.ones(()))]
    for node in dict.fromkeys(near):
        data = np.asarray(node.data, dtype=float)
        if data.size > 1 and fits(data.shape, y.shape) and not region.node_names.is_step(node):
            found.append(Factor(_bracket(region.name(node)), data))
    found += [Factor(f"exp({factor.name})", np.exp(factor.data)) for factor in found[1:3]]
    found += [Factor(f"(1/{factor.name})", 1.0 / factor.data) for factor in found[2:6] if "exp" not in factor.name]
    kept: list[Factor] = []
    for factor in found:
        is_new = not any(
            factor.data.shape == other.data.shape and np.allclose(factor.data, other.data) for other in kept
        )
        if is_new and np.isfinite(factor.data).all():
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
    """Yield the difference of two arrays with a factor on each, c*a - b for c*(a - b), as in 1/n * p - y.

    The gradient is a multiple of the difference of two arrays, and each came in with a factor of its own.
    """
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
