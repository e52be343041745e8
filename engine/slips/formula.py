"""A wrong gradient read as a formula, where no table knows it: at most three terms c * A * sum(B * g).

A and B are arrays that stand between the node and one computed from it, or their inverses; g is the gradient of that
one; the sum runs over no axis, one, or all. The right gradient is read in the same way, and what differs between the
two readings names the slip. It is believed only where it is exact, for six entries or more, with coefficients that
somebody would write. A forward with branches has a formula for each: where only some entries are wrong, those alone
are read, and a constant of the graph is a coefficient, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.edges import Floats
from .candidates import Candidate
from .layers.found import computed_from
from .neighborhood import Neighborhood
from .substitutions import fits

if TYPE_CHECKING:
    from ..value import Value

FEWEST_ENTRIES = 6
MOST_ENTRIES = 20_000
MOST_OUTPUTS = 4
MOST_FACTORS = 12
LOOKED_AT = 64
"""So many entries tell a formula from others; that it is right is then seen from all."""
EXACT = 1e-7
MOST_ARRAYS = 10
LOST = "come in with factors that differ. Python multiplies before it subtracts: where do the brackets go?"
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

    def said(self, gradient: str) -> str:
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
    x = region.node
    if not FEWEST_ENTRIES <= math.prod(x.shape) <= MOST_ENTRIES:
        return
    outputs = [y for y in computed_from(x, region) if y in region.sources or y.label]
    for y in outputs[:MOST_OUTPUTS]:
        gradient = region.arithmetic.spread(region.upstream(y), y.shape)
        part = region.from_node(y)
        terms = _Terms(region, y, gradient)
        wrong = terms.reading_of(region.user_grad - (region.recomputed - part))
        if wrong is None:
            yield from _of_a_branch(region, y, gradient, part)
            continue
        right = terms.reading_of(part) or {}
        if not right and len(wrong) == 1:  # there is nothing to ask about it
            continue
        kind, question = _compared(right, wrong)
        numbers = region.recomputed - part + terms.sum_of(wrong)
        yield Candidate(kind, numbers, f"that is {_said(wrong, _gradient_of(region.name(y)))}: {question}")


def _of_a_branch(region: Neighborhood, y: Value, gradient: Floats, part: Any) -> Iterator[Candidate]:
    """Yield the formula of the entries that are wrong, where others are right."""
    off = np.abs(region.user_grad - region.recomputed) > EXACT * np.abs(region.recomputed)
    if np.count_nonzero(off) < FEWEST_ENTRIES or off.all() or not np.isfinite(region.user_grad).all():
        return
    constants = [node.data for node in region.comparison.places if node.is_constant and not node.shape]
    terms = _Terms(region, y, gradient, off, [abs(one) for one in constants if one])
    wrong = terms.reading_of(region.user_grad - (region.recomputed - part))
    right = None if wrong is None else terms.reading_like(wrong, part) or terms.reading_of(part)
    if wrong is None or right is None:
        return
    kind, question = _compared(right, wrong)
    numbers = np.where(off, region.recomputed - part + terms.sum_of(wrong), region.recomputed)
    yield Candidate(
        kind, numbers, f"where it is wrong, that is {_said(wrong, _gradient_of(region.name(y)))}: {question}"
    )


def _gradient_of(name: str) -> str:
    return f"{name}.grad" if name.isidentifier() else f"({name}).grad"


def _said(formula: Formula, gradient: str) -> str:
    """Return a formula as one would write it: added terms before subtracted, plain ones before sums."""
    text = ""
    for term, times in sorted(formula.items(), key=lambda each: (each[1] < 0.0, each[0].over != ())):
        joint = (" - " if times < 0.0 else " + ") if text else "-" * (times < 0.0)
        text += joint + _so_often(abs(times), term.said(gradient))
    return text


def _so_often(times: float, term: str) -> str:
    if abs(times - 1.0) < 1e-6:
        return term
    part = round(1.0 / times)
    return f"{term}/{part}" if part > 1 and abs(times * part - 1.0) < 1e-6 else f"{times:.4g}*{term}"


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
        self._at = self._where[np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int))]
        self._lengths = {math.prod(some) for n in (1, 2) for some in combinations(self.shape, n)}
        self.terms: list[Term] = []
        columns: list[Floats] = []
        met = set()
        for term in _candidate_terms(region, y):
            column = self._looked_at(term.numbers(gradient, self.shape))
            size = float(np.linalg.norm(column))
            if not size or not math.isfinite(size):
                continue
            key = tuple(np.round(column / size, 9))
            if key not in met:
                met.add(key)
                self.terms.append(term)
                columns.append(column)
        self._columns = np.array(columns).T

    def _looked_at(self, numbers: Any) -> Floats:
        return np.asarray(np.ravel(numbers)[self._at])

    def sum_of(self, formula: Formula) -> Any:
        """Return what a formula comes to."""
        return sum(times * term.numbers(self.gradient, self.shape) for term, times in formula.items())

    def reading_of(self, numbers: Any) -> Formula | None:
        """Return the fewest terms of which some numbers are the sum; None where more than three are needed."""
        wanted = self._looked_at(numbers)
        if not self.terms or not np.linalg.norm(wanted) or not np.isfinite(wanted).all():
            return None
        sizes = np.linalg.norm(self._columns, axis=0)
        units = self._columns / sizes
        along = units.T @ wanted
        found = self._exactly([int(np.argmax(np.abs(along)))], wanted, numbers)
        if found is not None:
            return found
        pairs = self._nearest_pairs(units, along)
        for pair in pairs:
            found = self._exactly(pair, wanted, numbers)
            if found is not None:
                return found
        for pair in pairs:
            third = _third(units, pair, wanted)
            found = None if third in pair else self._exactly([*pair, third], wanted, numbers)
            if found is not None:
                return found
        return None

    def reading_like(self, other: Formula, numbers: Any) -> Formula | None:
        """Return the same in the terms of another formula, but for one of them; None where it has no such reading."""
        wanted, own = self._looked_at(numbers), [self.terms.index(term) for term in other]
        others = [place for place in range(len(self.terms)) if place not in own]
        near = ([*(place for place in own if place != left), one] for left in own for one in others)
        readings = (self._exactly(which, wanted, numbers) for which in (own, *near))
        return next((found for found in readings if found is not None), None)

    @staticmethod
    def _nearest_pairs(units: Floats, along: Floats) -> list[list[int]]:
        """Return the pairs of terms that leave the least over."""
        angles = units.T @ units
        apart = 1.0 - angles**2
        gained = along[:, None] ** 2 + along[None, :] ** 2 - 2.0 * angles * along[:, None] * along[None, :]
        gained = np.where(apart > 1e-8, gained / np.where(apart > 1e-8, apart, 1.0), -np.inf)
        gained[np.tril_indices(len(gained))] = -np.inf
        most = min(MOST_PAIRS, gained.size)
        best = np.argpartition(gained, -most, axis=None)[-most:]
        best = best[np.argsort(gained.ravel()[best])[::-1]]
        return [[int(i) for i in np.unravel_index(place, gained.shape)] for place in best]

    def _exactly(self, which: list[int], wanted: Floats, numbers: Any) -> Formula | None:
        """Fit the numbers by multiples of some terms, exactly and with factors that somebody would write."""
        columns = self._columns[:, which]
        times = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        if np.linalg.norm(wanted - columns @ times) > EXACT * np.linalg.norm(wanted):
            return None
        if not all(self._is_plain(number) for number in times):
            return None
        found = {self.terms[place]: float(number) for place, number in zip(which, times)}
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
            found.append(Factor(_bracketed(region.name(node)), data))
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


def _bracketed(name: str) -> str:
    return name if name.isidentifier() else f"({name})"


def _compared(right: Formula, wrong: Formula) -> tuple[str, str]:
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
    return _of_other_terms(extra, gone)


def _of_other_terms(extra: list[Term], gone: list[Term]) -> tuple[str, str]:
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
    if region.recomputed.size < FEWEST_ENTRIES - 1:
        return
    for one, other in combinations(_arrays_near(region), 2):
        both = np.stack([np.ravel(one.data), np.ravel(other.data)], axis=1)
        first, second = _shares(both, region.recomputed)
        if first == 0.0 or not np.isclose(first, -second, rtol=1e-6):
            continue
        written = _shares(both, region.user_grad)
        if not np.all(written) or np.isclose(written[0], -written[1], rtol=1e-3):
            continue
        has_names = not any(node.is_constant and not node.label for node in (one, other))
        names = region.node_names.listed((one, other)) if has_names else "the two arrays of which one is subtracted"
        kind, what = "rule", LOST
        if written[0] * written[1] > 0.0:
            kind, what = "sign", "are added here: which of them comes with a minus?"
        yield Candidate(kind, (both @ written).reshape(region.shape), f"{names} {what}")


def _arrays_near(region: Neighborhood) -> list[Value]:
    """Return the arrays of the node's shape near it, constants among them."""
    near = [region.node, *region.near_nodes, *(operand for node in region.near_nodes for operand in node.operands)]
    return [node for node in dict.fromkeys(near) if node.shape == region.shape][:MOST_ARRAYS]


def _shares(both: Any, numbers: Any) -> Any:
    """Return how often each of two arrays is in an array that is a sum of multiples; zeros where it is not."""
    if not np.isfinite(both).all():
        return np.zeros(2)
    found = np.linalg.lstsq(both, np.ravel(numbers), rcond=None)[0]
    left = np.linalg.norm(np.ravel(numbers) - both @ found)
    return found if left <= 1e-3 * np.linalg.norm(numbers) else np.zeros(2)
