"""Finding the node whose gradient some numbers are, among many, without comparing them all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...value import Value

NEAR, NEAR_COARSE = 1e-5, 1e-3
"""How near numbers must be, as a share of the largest; the second of less than double precision."""

_RNG_SEED = 12345


class Probes:
    """Fixed random numbers: two arrays whose sums with them differ are not equal."""

    def __init__(self) -> None:
        self._of: dict[int, Any] = {}

    def mark(self, numbers: Any) -> float:
        size = numbers.size
        if size not in self._of:
            self._of[size] = np.random.default_rng(_RNG_SEED + size).uniform(0.5, 1.5, size)
        return float(numbers.ravel() @ self._of[size])


class Matcher:
    """Numbers by node, to look some up among.

    Args:
        near: see NEAR.
    """

    def __init__(self, probes: Probes, near: float, numbers: Iterable[tuple[Value, Any]]) -> None:
        self._probes, self._near = probes, near
        self._by_size: dict[int, list[tuple[Value, Any, float, float]]] = {}
        for node, array in numbers:
            listed = self._by_size.setdefault(array.size, [])
            listed.append((node, array, probes.mark(array), float(np.abs(array).max(initial=0.0))))

    def find(self, numbers: Any) -> list[Value]:
        """The nodes that have these numbers, whatever the shape."""
        if not numbers.size:
            return []
        mark, largest = self._probes.mark(numbers), float(np.abs(numbers).max())
        flat = numbers.ravel()
        found = []
        for node, array, other, size in self._by_size.get(numbers.size, ()):
            off = self._near * max(size, largest)
            if not abs(size - largest) <= off or not abs(mark - other) <= off * numbers.size:
                continue
            if np.abs(flat - array.ravel()).max() <= off:
                found.append(node)
        return found

    def has(self, numbers: Any) -> bool:
        return bool(self.find(numbers))


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
    flat = np.ravel(numbers)
    return flat.size < 2 or bool((flat == flat[0]).all())
