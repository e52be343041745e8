"""The digits that people type, of whole arrays: what `number` says of one number, for each entry."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

MOST_DIGITS = 9
"""A number of more significant digits is within every tolerance of what it was rounded from."""

_LEAST, _LARGEST = -323, 307
_TENS = np.array([float(f"1e{power}") for power in range(_LEAST - 20, _LARGEST + 2)])
_CLOSE = 1.0 + 1e-9


def are_roundings(written: Floats, exact: Floats, off: Floats) -> Any:
    """`number.is_rounding` for each of two rows of numbers that differ by `off`; never of more than `MOST_DIGITS`."""
    found = (written != 0.0) & (exact != 0.0)
    found[found] = off[found] <= half_a_digit(written[found], exact[found]) * _CLOSE
    return found


def half_a_digit(written: Floats, exact: Floats) -> Floats:
    """`number.half_a_digit` for each of two rows of numbers that are not 0; 0.0 for one of more than `MOST_DIGITS`."""
    decimals = _decimals(written)
    fewest = 2 - _exponents(exact)
    fewest = np.where(np.abs(exact) >= 0.01, np.minimum(fewest, 3), fewest)
    half: Floats = np.where(decimals > -_LEAST, 0.0, 0.5 * _ten_to(-np.maximum(decimals, fewest)))
    return half


def are_of_two_decimals(written: Floats, exact: Floats, *, rounds: bool) -> Any:
    """`number.is_of_two_decimals` for each of two rows of numbers."""
    hundredths = np.rint(written * 100.0)
    found = hundredths / 100.0 == written
    few = found.copy()  # most numbers have more digits, and are asked nothing else
    found[few] = np.abs(written[few] - exact[few]) <= 0.005 * _CLOSE
    if not rounds:
        found[few] &= hundredths[few] % 10.0 != 0.0
    return found


def _ten_to(powers: Ints) -> Floats:
    found: Floats = _TENS[np.clip(powers, _LEAST - 20, _LARGEST + 1) - (_LEAST - 20)]
    return found


def _exponents(numbers: Floats) -> Ints:
    """The powers of ten of the first digits."""
    sizes = np.abs(numbers)
    found = np.clip(np.floor(np.log10(sizes)), _LEAST, _LARGEST).astype(int)
    found += sizes >= _ten_to(found + 1)  # the logarithm may be off by a rounding at a power of ten
    found -= sizes < _ten_to(found)
    return found


def _decimals(numbers: Floats) -> Ints:
    """How many decimals each number shows, below 0 of whole digits, but at least as many as two digits have.

    Of more than `MOST_DIGITS` it is more than any number has.
    """
    first = _exponents(numbers)
    found = np.full(numbers.shape, -_LEAST + 1)
    left = np.arange(numbers.size)
    for digits in range(1, MOST_DIGITS + 1):
        decimals = digits - first[left]
        number, unit = numbers[left], _ten_to(np.abs(decimals))
        # A division by an exact power of ten gives the float that is nearest, and so the one that was read.
        shown = np.where(decimals < 0, np.rint(number / unit) * unit, np.rint(number * unit) / unit)
        is_shown = np.abs(shown - number) <= np.where(unit > 1e22, 1e-15, 0.0) * np.abs(number)
        found[left[is_shown]] = decimals[is_shown]
        left = left[~is_shown]
        if not left.size:
            break
    return found
