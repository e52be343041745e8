"""The digits that people type, of whole arrays: what `number` says of one number, for each entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rounding import CLOSE, FEWEST, MOST

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

_LEAST, _LARGEST = -323, 307
_TENS = np.array([float(f"1e{power}") for power in range(_LEAST - 20, _LARGEST + 2)])


def are_roundings(written: Floats, exact: Floats, off: Floats) -> Any:
    """`rounding.is_rounding` for each of two rows of numbers that differ by `off`; never of more than `MOST`."""
    found = (written != 0.0) & (exact != 0.0)
    found[found] = off[found] <= half_a_digit(written[found], exact[found]) * CLOSE
    return found


def half_a_digit(written: Floats, exact: Floats) -> Floats:
    """`rounding.half_a_digit` for each of two rows of numbers that are not 0; 0.0 for one of more than `MOST`."""
    decimals = decimals_of(written)
    fewest = 2 - _exponents(exact)
    fewest = np.where(np.abs(exact) >= 0.01, np.minimum(fewest, 3), fewest)
    half: Floats = np.where(decimals > -_LEAST, 0.0, 0.5 * _ten_to(-np.maximum(decimals, fewest)))
    return half


def shortest(numbers: Any) -> Floats:
    """Return what was written for numbers of less than double precision: where few digits give them, these."""
    found: Floats = numbers.astype(float)
    left = np.flatnonzero(np.isfinite(found) & (found != 0.0))
    first = _exponents(found.flat[left])
    for digits in range(np.finfo(numbers.dtype).precision):
        shown = _rounded(found.flat[left], digits - first)
        is_shown = shown.astype(numbers.dtype) == numbers.flat[left]
        found.flat[left[is_shown]] = shown[is_shown]
        left, first = left[~is_shown], first[~is_shown]
    return found


def are_too_short(written: Floats, exact: Floats, kept: int) -> Any:
    """Return `rounding.is_too_short` for each of two rows of numbers."""
    off = np.abs(written - exact)
    found = off <= 0.5 * _ten_to(np.asarray(-FEWEST)) * CLOSE
    shown, left = decimals_of(written[found]), off[found]
    is_shown = (shown >= FEWEST) & (shown <= MOST) & (left <= 0.5 * _ten_to(-shown) * CLOSE)
    found[found] = is_shown | ((shown <= kept) & (kept > 0) & (left <= 0.5 * 10.0**-kept * CLOSE))
    return found


def _ten_to(powers: Ints) -> Floats:
    found: Floats = _TENS[np.clip(powers, _LEAST - 20, _LARGEST + 1) - (_LEAST - 20)]
    return found


def _exponents(numbers: Floats) -> Ints:
    """The powers of ten of the first digits."""
    sizes = np.where((numbers == 0.0) | ~np.isfinite(numbers), 1.0, np.abs(numbers))
    found = np.clip(np.floor(np.log10(sizes)), _LEAST, _LARGEST).astype(int)
    found += sizes >= _ten_to(found + 1)  # the logarithm may be off by a rounding at a power of ten
    found -= sizes < _ten_to(found)
    return found


def decimals_of(numbers: Floats) -> Ints:
    """Return how many decimals each number shows, below 0 of whole digits; of many digits more than any number has."""
    shape, numbers = numbers.shape, numbers.ravel()
    first = _exponents(numbers)
    found = np.full(numbers.shape, -_LEAST + 1)
    left = np.flatnonzero(np.isfinite(numbers))
    for digits in range(MOST + 1):
        decimals = digits - first[left]
        number = numbers[left]
        near = np.where(np.abs(decimals) > 22, 1e-15, 0.0) * np.abs(number)
        is_shown = np.abs(_rounded(number, decimals) - number) <= near
        found[left[is_shown]] = decimals[is_shown]
        left = left[~is_shown]
        if not left.size:
            break
    return found.reshape(shape)


def _rounded(numbers: Floats, decimals: Ints) -> Floats:
    """Each number to so many decimals, below 0 to whole digits."""
    unit = _ten_to(np.abs(decimals))
    # A division by an exact power of ten gives the float that is nearest, and so the one that was read.
    found: Floats = np.where(decimals < 0, np.rint(numbers / unit) * unit, np.rint(numbers * unit) / unit)
    return found
