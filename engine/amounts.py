"""The user's values: numbers or arrays of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Shape = tuple[int, ...]

MOST_AT_ONCE = 65_536
"""So many entries of a large array are looked at together."""


def is_amount(thing: Any) -> bool:
    """Return whether it is a real number, Python's or NumPy's, or an array of them."""
    if isinstance(thing, (np.generic, np.ndarray)):
        return thing.dtype.kind in "iuf"
    return isinstance(thing, (int, float)) and not isinstance(thing, bool)


def plain(amount: Any) -> Any:
    """Return a float, or a copy as an array of double precision."""
    if amount.__class__ is float:
        return amount
    return amount.astype(float) if np.ndim(amount) else float(amount)


def is_read_only(thing: Any) -> bool:
    """Return whether it is an array that nothing can write into, nor what it is a view of."""
    while isinstance(thing, np.ndarray) and not thing.flags.writeable:
        if thing.base is None:
            return True
        thing = thing.base
    return False


def read_only_copy(array: Any) -> Any:
    """Return a copy that nothing can write into; one of zeros alone takes no room."""
    is_zeros = not ((array.size and array.item(0)) or array.any() or np.signbit(array).any())  # most show it at once
    copied = np.zeros((), array.dtype) if is_zeros else array.copy("K")
    copied.flags.writeable = False
    return np.broadcast_to(copied, array.shape) if is_zeros else copied


def shape_of(amount: Any) -> Shape:
    """Return the shape of a number, an array or a node; () for a number."""
    if amount.__class__ is float:
        return ()
    shape = getattr(amount, "shape", None)
    return np.shape(amount) if shape is None else tuple(shape)


def largest(amount: Any) -> float:
    """Return the size of its largest entry; 0.0 for none."""
    if isinstance(amount, (int, float)):
        return abs(float(amount))
    numbers = np.asarray(amount)
    if numbers.size <= MOST_AT_ONCE:  # no array of sizes is made of a large one
        return float(np.abs(numbers).max(initial=0.0))
    return max(float(numbers.max(initial=0.0)), -float(numbers.min(initial=0.0)))


def alike(first: Any, second: Any, rtol: float, floor: float = 0.0) -> bool:
    """Return whether two values of one shape differ by at most rtol of the largest entry, or `floor`."""
    if first.__class__ is float and second.__class__ is float:
        return abs(first - second) <= rtol * max(abs(first), abs(second)) + floor < math.inf
    return shape_of(first) == shape_of(second) and near(first, second, rtol, floor)


def near(first: Any, second: Any, share: float, floor: float = 0.0) -> bool:
    """Compare two values of one size whatever their shapes, as `alike`; a non-finite one is near nothing."""
    if np.shape(first) != np.shape(second):
        first, second = np.ravel(first), np.ravel(second)
    first, second = np.atleast_1d(first, second)
    if first.size != second.size:
        return False
    size = largest(second)
    off = largest_difference(first, second) if size < math.inf else math.inf
    if not off <= share * (size + off) + floor < math.inf:  # the first's size is no more, and a long walk to find
        return False
    return off <= share * max(size, largest(first)) + floor


def largest_difference(first: Any, second: Any) -> float:
    """Return the largest difference of two arrays of one shape; nan where one is not known."""
    if first.size <= MOST_AT_ONCE:
        return largest(first - second)
    offs = [largest(first[some] - second[some]) for some in cache_sized_slices(first)]
    return float(np.max(offs, initial=0.0))


def entries_off(given: Any, expected: Any, share: float, floor: float) -> Any:
    """Return where an array differs from another by more than a share of each entry and of its largest one."""
    return ~(np.abs(np.subtract(given, expected)) <= share * np.abs(expected) + floor * largest(expected))


def cache_sized_slices(array: Any) -> Iterator[slice]:
    """Yield slices of rows that fit in the processor's cache, to spare a whole copy."""
    rows = max(1, MOST_AT_ONCE * len(array) // max(array.size, 1))
    for first in range(0, len(array), rows):
        yield slice(first, first + rows)


def is_finite(amount: Any) -> bool:
    """Return whether the number, or each entry of the array, is finite."""
    if amount.__class__ is float:
        return math.isfinite(amount)
    return bool(np.isfinite(amount).all())


def is_anything(amount: Any) -> bool:
    """Return whether it is there, and holds another number than 0."""
    return amount is not None and largest(amount) > 0.0


def draw_like(amount: Any, rng: Random, low: float, high: float) -> Any:
    """Draw random numbers from `low` to `high`, of either sign, in a value's shape."""
    shape = shape_of(amount)
    if not shape:
        return rng.uniform(low, high) * rng.choice((-1.0, 1.0))
    draw = np.random.default_rng(rng.getrandbits(64))
    return draw.uniform(low, high, shape) * draw.choice((-1.0, 1.0), shape)
