"""Finding the node whose gradient some numbers are, among many, without comparing them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import apart, largest, near
from ...value import Value

NEAR, NEAR_COARSE = 1e-5, 1e-3
"""How near numbers must be, as a share of the largest; the second of less than double precision."""

MOST_SAMPLED = 64
"""So many entries of an array are looked at before the whole of it is."""

_RNG_SEED = 12345

Told = tuple[float, float]
"""The mark of an array, and its largest size."""
MOST_WEIGHT = 1.5


class Probes:
    """Fixed random numbers: two arrays whose sums with them differ are not equal."""

    def __init__(self) -> None:
        self._of: dict[int, Any] = {}
        self._last: tuple[Any, float, float] = (None, 0.0, 0.0)

    def told(self, numbers: Any) -> Told:
        """The mark of an array and its largest size; kept, as it is looked for among one kind of numbers after another.

        Nothing may write into it meanwhile.
        """
        if self._last[0] is not numbers:
            self._last = numbers, self.mark(numbers), largest(numbers)
        return self._last[1:]

    def mark(self, numbers: Any) -> float:
        size = numbers.size
        if size not in self._of:
            self._of[size] = np.random.default_rng(_RNG_SEED + size).uniform(0.5, MOST_WEIGHT, size)
        return float(numbers.ravel() @ self._of[size])


class _Listed:
    """Arrays of one size, by what tells at a glance that some numbers are none of them.

    Attributes:
        nodes, arrays: side by side.
        marks, largest: of each array.
        samples: some entries of each, a row each, and `at` which entries these are.
    """

    def __init__(self, probes: Probes, listed: Sequence[tuple[Value, Any]]) -> None:
        self.nodes = [node for node, _ in listed]
        self.arrays = [array for _, array in listed]
        size = self.arrays[0].size
        self.at = np.linspace(0, size - 1, min(size, MOST_SAMPLED)).astype(int)
        self.marks = np.array([probes.mark(array) for array in self.arrays])
        self.largest = np.array([largest(array) for array in self.arrays])
        self.samples = np.array([array.ravel()[self.at] for array in self.arrays])


class Matcher:
    """Numbers by node, to look some up among.

    Args:
        near: see NEAR.
    """

    def __init__(self, probes: Probes, near: float, numbers: Iterable[tuple[Value, Any]]) -> None:
        self._probes, self._near = probes, near
        self._by_size: dict[int, list[tuple[Value, Any]]] = {}
        for node, array in numbers:
            self._by_size.setdefault(array.size, []).append((node, array))
        self._ready: dict[int, _Listed] = {}

    def _of_size(self, size: int) -> _Listed | None:
        if size not in self._ready:
            if not size or size not in self._by_size:
                return None
            self._ready[size] = _Listed(self._probes, self._by_size[size])
        return self._ready[size]

    def find(self, numbers: Any, told: Told | None = None) -> list[Value]:
        """The nodes that have these numbers, whatever the shape.

        Args:
            told: what the probes tell of them, where that is known.
        """
        listed = self._of_size(numbers.size)
        if listed is None:
            return []
        flat = numbers.ravel()
        mark, size = told or self._probes.told(numbers)
        off = self._near * np.maximum(listed.largest, size)
        with np.errstate(invalid="ignore"):
            may_be = np.abs(listed.largest - size) <= off
            may_be &= np.abs(listed.marks - mark) <= off * numbers.size
        return [
            listed.nodes[place]
            for place in np.flatnonzero(may_be)
            if apart(flat, listed.arrays[place].ravel()) <= off[place]
        ]

    def has(self, numbers: Any, told: Told | None = None) -> bool:
        return bool(self.find(numbers, told))

    def multiples(self, numbers: Any) -> Iterator[Value]:
        """The nodes of whose numbers these are a multiple, see `multiple`."""
        listed = self._of_size(numbers.size)
        if listed is None:
            return
        few = numbers.ravel()[listed.at]
        # No factor leaves less of the sampled entries than the one that is best for them alone, and that leaves no
        # more of each than `near` allows.
        squares = np.einsum("ij,ij->i", listed.samples, listed.samples)
        along = listed.samples @ few
        with np.errstate(all="ignore"):
            left = few @ few - np.where(squares > 0.0, along * along / squares, 0.0)
            most = few.size * (1.1 * self._near * float(np.abs(numbers).max())) ** 2 + 1e-12 * (few @ few)
        for place in np.flatnonzero(~(left > most)):
            if multiple(numbers, listed.arrays[place], self._near) is not None:
                yield listed.nodes[place]


def multiple(numbers: Any, of: Any, share: float) -> float | None:
    """The factor by which one array is another; None where it is not, or is the same."""
    numbers, of = np.ravel(numbers), np.ravel(of)
    along = float(of @ of)
    if numbers.size != of.size or not along:
        return None
    ratio = float(numbers @ of) / along
    if not ratio or abs(ratio - 1.0) <= 10 * share or not near(numbers, ratio * of, share):
        return None
    return ratio


def is_trivial(numbers: Any) -> bool:
    """Whether it is one number over and over, as which anything may pass."""
    if np.size(numbers) < 2:
        return True
    first, last = (np.asarray(numbers).flat[at] for at in (0, -1))
    return bool(first == last and (np.asarray(numbers) == first).all())


def fits(node: Value, shape: tuple[int, ...]) -> bool:
    """Whether a node has a shape, but for axes of length 1."""
    return [length for length in node.shape if length != 1] == [length for length in shape if length != 1]
