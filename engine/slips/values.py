"""What a gradient holds, a float or an array of them: what the search computes with either.

A graph of numbers is searched with floats alone: NumPy is loaded where there are arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container
from functools import lru_cache
from typing import Any

Shape = tuple[int, ...]

MOST_SAMPLED = 64
"""So many entries of an array are compared with a candidate before all of them are."""


def numpy() -> Any:
    """Return NumPy, loaded when it is first needed."""
    import numpy

    return numpy


def as_float(thing: Any) -> float:
    """Return a number, or an array of one entry, as a float."""
    if thing.__class__ is float:
        return thing
    return float(numpy().ravel(thing)[0] if getattr(thing, "shape", ()) else thing)


def _is_number(value: Any) -> bool:
    return isinstance(value, (float, int))


def ratio(off: Any, part: Any) -> float | None:
    """Return how many times a part it is off; None where that is underdetermined."""
    if _is_number(part):
        try:
            return off / part if part else None
        except OverflowError:
            return None
    along = float((part * part).sum())
    return float((off * part).sum()) / along if along and math.isfinite(along) else None


def is_nonzero(value: Any) -> bool:
    """Tell whether any entry is not 0."""
    return value != 0.0 if _is_number(value) else bool(numpy().any(value))


def is_finite(value: Any) -> bool:
    """Tell whether every entry is finite."""
    return math.isfinite(value) if _is_number(value) else bool(numpy().isfinite(value).all())


def equal(value: Any, other: Any) -> bool:
    """Tell whether every entry of one is the other's."""
    is_same = value == other
    return is_same if isinstance(is_same, bool) else bool(numpy().all(is_same))


def fill_nan(value: Any, other: Any) -> Any:
    """Return the value, and where it is nan another."""
    if _is_number(value):
        return other if math.isnan(value) else value
    return numpy().where(numpy().isnan(value), other, value)


def fingerprint(value: Any) -> float:
    """Return a number that two values share only where they are one, up to float error."""
    if _is_number(value):
        return value
    return float((value * _waves(value.size).reshape(value.shape)).sum())


@lru_cache(maxsize=2)
def _waves(size: int) -> Any:
    return numpy().cos(numpy().arange(size, dtype=float))


def total(value: Any) -> float:
    """Return the sum of all entries."""
    return value if _is_number(value) else float(value.sum())


def distance(value: Any, other: Any) -> float:
    """Return how far one is from the other, over all entries."""
    off = value - other
    return abs(off) if _is_number(off) else float(numpy().linalg.norm(off))


def keep_row(numbers: Any, axes: Container[int], row: int) -> Any:
    """Return the numbers of an array in one row along some axes, zeros elsewhere."""
    found = numpy().zeros(numbers.shape)
    at = tuple(row if axis in axes else slice(None) for axis in range(numbers.ndim))
    found[at] = numbers[at]
    return found


def summed_axes(local: Any, shape: Shape) -> list[int]:
    """Return the axes of a consumer of that shape along which more than one entry reaches one of the operand's."""
    found = []
    for axis, length in enumerate(shape if hasattr(local, "reach") else ()):
        if length > 1:
            ones = numpy().ones(shape)
            first, last = (local.reach(keep_row(ones, (axis,), row)) for row in (0, -1))
            found += [axis] if (first & last).any() else []
    return found


@lru_cache(maxsize=8)
def sample_of(shape: Shape) -> Any:
    """Return the indices of some entries of a large array, spread over all of it; None of a small one."""
    size = math.prod(shape)
    if size <= MOST_SAMPLED:
        return None
    return numpy().unravel_index(numpy().linspace(0, size - 1, MOST_SAMPLED).astype(int), shape)


def pass_to_sample(upstream: Any, local: Any, shape: Shape, sample: Any) -> Any:
    """Return sampled entries of what a local derivative passes back to an array of that shape."""
    if hasattr(local, "pull_back_entries"):
        return local.pull_back_entries(upstream, shape, sample)
    return numpy().broadcast_to(upstream * local, shape)[sample]


class LazyGradient:
    """A candidate gradient of a large array, computed on demand: `full`, or only `sample`, the entries of `sample_of`.

    Nearly every candidate is far off, which some entries show cheaply.
    """

    def __init__(self, full: Callable[[], Any], sample: Callable[[], Any]) -> None:
        self.full, self.sample = full, sample

    def __rmul__(self, times: float) -> LazyGradient:
        return LazyGradient(lambda: times * self.full(), lambda: times * self.sample())
