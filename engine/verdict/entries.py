"""The comparator on arrays: what was filled in, and a verdict on each entry."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..amounts import Bools, Floats, cache_sized_slices, is_read_only
from ..number import finite_or_none
from .rounding import CLOSE, ENOUGH, FARTHEST, FEWEST, MOST, MOST_KEPT, NOISE, Tolerance, precision_of
from .status import CODES, GRAVEST_FIRST, Status

Ints = np.ndarray[Any, np.dtype[np.int64]]
Codes = np.ndarray[Any, np.dtype[np.int8]]

_MANY = 323
"""The powers of ten of floats lie between -323 and 308."""
_TENS = np.array([float(f"1e{power}") for power in range(-_MANY - 20, _MANY - 14)])


def read_array(grad: Any, shape: tuple[int, ...]) -> Floats | None:
    """Return the numbers of a gradient, nan where one is not finite or none; None for another shape, or no array."""
    try:
        given = np.asarray(grad)
    except (TypeError, ValueError):
        return None
    if given.shape != shape:
        return None
    if given.dtype.kind in "iuf":
        # A copy: what happens to theirs must not change the verdict.
        numbers: Floats = _shortest(given) if precision_of(given) else given.astype(float, copy=not is_read_only(given))
        is_known = np.isfinite(numbers)
        return numbers if is_known.all() else np.where(is_known, numbers, np.nan)
    if given.dtype != object:
        return None
    found = [finite_or_none(entry) for entry in given.ravel().tolist()]
    return np.array([np.nan if number is None else number for number in found], dtype=float).reshape(shape)


def read_other(grad: Any) -> Floats | None:
    """Return the numbers of a gradient of whatever shape. None where there are none, or one is not finite."""
    numbers = read_array(grad, np.shape(grad)) if getattr(grad, "dtype", None) is not None else None
    return numbers if numbers is not None and np.isfinite(numbers).all() else None


def are_accepted(
    tolerance: Tolerance,
    numbers: Floats,
    reference: Any,
    size: Any,
    noise: Any = 0.0,
    precision: float = 0.0,
    decimals: Decimals | None = None,
) -> Any:
    """Apply `Tolerance.accepts` to each entry, or to a single number."""
    numbers, reference = np.atleast_1d(numbers, reference)
    with np.errstate(all="ignore"):
        off = np.abs(numbers - reference)
        # Near a reference that is not finite any number at all would be.
        found = np.isfinite(reference) & (off <= allowance(tolerance, reference, size, noise, precision))
        if not tolerance.typed or found.all():
            return found
        # Only what is nearly right can be a rounding, and few numbers are looked at closely.
        may_be = ~found & (off <= FARTHEST * np.abs(reference))
        if may_be.any():
            exact = np.broadcast_to(reference, numbers.shape)[may_be]
            shown = decimals_of(numbers[may_be]) if decimals is None else decimals[may_be]
            noise = np.broadcast_to(max(NOISE, precision) * size, numbers.shape)[may_be]
            found[may_be] = (off[may_be] - noise <= _half_a_digit(shown, exact) * CLOSE) & (exact != 0.0)
    return found


@lru_cache(maxsize=256)
def all_of(status: Status, shape: tuple[int, ...]) -> Codes | Status:
    """Return the codes of an array in which every entry has one status. Of one without entries its own where WRONG."""
    codes = np.broadcast_to(np.int8(CODES[status]), shape)  # of most arrays of a graph nothing else is asked
    return codes if codes.size or status is not Status.WRONG else status


def has_suspects(codes: Codes | Status, taint: Any) -> bool:
    """Tell whether an entry that a mistake reaches is accused of one of its own."""
    if isinstance(codes, Status):
        return False
    return bool(((codes == CODES[Status.WRONG]) & np.broadcast_to(taint, codes.shape)).any())


def half_digits(numbers: Floats, kept: int = 0, is_rough: Any = False) -> Floats:
    """Return `rounding.half_digit_typed` for each entry; 0 for what is no number."""
    with np.errstate(all="ignore"):
        decimals = decimals_of(numbers)
        found = np.where((numbers != 0.0) & np.isfinite(numbers), _half_a_digit(decimals, numbers), 0.0)
        if kept > 1:
            found = np.maximum(found, np.where(decimals <= kept, 0.5 * 10.0**-kept, 0.0))
        if np.any(is_rough):
            found = np.where(is_rough, 0.5 * _ten_to(-np.maximum(decimals, FEWEST)), found)
    return found


def decimals_printed(numbers: Floats) -> int:
    """Return to how many decimals an array is printed; 0 where it shows more than anybody keeps, or too few."""
    with np.errstate(all="ignore"):
        most = int(decimals_of(numbers[np.isfinite(numbers) & (numbers != 0.0)]).max(initial=0))
    return most if FEWEST < most <= MOST_KEPT else 0


def allowance(tolerance: Tolerance, reference: Any, size: Any, noise: Any = 0.0, precision: float = 0.0) -> Any:
    """Apply `Tolerance.allowance` to each entry.

    Numbers of less than double precision may be off by a share of what the array's largest entry is the sum of: where a
    local derivative is a difference, as 1 - y*y of a tanh is, a small entry keeps no digits of its own.
    """
    return tolerance.allowance(reference, np.max(size, initial=0.0) if precision else size, noise, precision)


def near(tolerance: Tolerance, numbers: Floats, reference: Any, size: Any, noise: Any, precision: float) -> Any:
    """Return which entries are the reference, be it not for roundings by hand. None of them where it is not finite."""
    with np.errstate(all="ignore"):
        most = allowance(tolerance, reference, size, noise, precision)
        return (np.abs(numbers - reference) <= most) & np.isfinite(most)


def all_near(tolerance: Tolerance, numbers: Floats, reference: Any, noise: Any, precision: float) -> bool:
    """Tell whether each entry is accepted whatever its reference is the sum of."""
    reference, noise = np.broadcast_to(reference, numbers.shape), np.broadcast_to(noise, numbers.shape)
    parts = ((numbers[some], reference[some], 0.0, noise[some]) for some in cache_sized_slices(numbers))
    return all(bool(near(tolerance, *part, precision).all()) for part in parts)


def fill_blanks(numbers: Floats, chain: Any) -> Floats:
    """Return the numbers, and where there is none what the chain rule gives."""
    return np.where(np.isnan(numbers), chain, numbers)


def gravest(codes: Codes | Status) -> Status:
    """Return the status of an array: the gravest of its entries', CORRECT where it has none."""
    if isinstance(codes, Status):
        return codes
    return next((status for status in GRAVEST_FIRST if (codes == CODES[status]).any()), Status.CORRECT)


def _half_a_digit(decimals: Ints, exact: Floats) -> Floats:
    """Apply `rounding.half_a_digit` to numbers that show so many decimals; 0.0 for more digits than `MOST`."""
    fewest = 2 - _exponents(exact)
    fewest = np.where(np.abs(exact) >= 0.01, np.minimum(fewest, ENOUGH), fewest)
    half: Floats = np.where(decimals > _MANY, 0.0, 0.5 * _ten_to(-np.maximum(decimals, fewest)))
    return half


def _shortest(numbers: Any) -> Floats:
    """Return the shortest decimals that give numbers of less than double precision: 0.1, not 0.10000000149."""
    found: Floats = numbers.astype(float)
    left = np.flatnonzero(np.isfinite(found) & (found != 0.0))
    for digits in range(np.finfo(numbers.dtype).precision + 3):  # so many tell any two of them apart
        shown = _round(found.flat[left], digits - _exponents(found.flat[left]))
        is_shown = shown.astype(numbers.dtype) == numbers.flat[left]
        found.flat[left[is_shown]] = shown[is_shown]
        left = left[~is_shown]
    return found


def are_too_short(written: Floats, exacts: Sequence[Any], asked: Bools, kept: int, decimals: Decimals) -> list[Bools]:
    """Return `rounding.is_too_short` for the numbers asked for, beside one array after the other."""
    with np.errstate(all="ignore"):
        offs = [np.abs(written - exact) for exact in exacts]
        asked = asked & (np.fmin(*offs) <= 0.5 * 10.0**-FEWEST * CLOSE)
    shown, found = decimals[asked], [np.zeros(written.shape, dtype=bool) for _ in offs]
    own = np.where((shown >= (1 if kept == 1 else FEWEST)) & (shown <= MOST), 0.5 * _ten_to(-shown), -1.0)
    most = np.maximum(own, np.where(shown <= kept, 0.5 * 10.0**-kept, -1.0) if kept > 1 else -1.0) * CLOSE
    most = np.minimum(most, 0.5 * 10.0**-FEWEST * CLOSE)
    for off, fits in zip(offs, found):
        fits[asked] = off[asked] <= most
    return found


class Decimals:
    """How many decimals the numbers of an array show, see `decimals_of`; found once, of those that are asked for."""

    def __init__(self, numbers: Floats) -> None:
        self._numbers, self._found = numbers, np.full(numbers.shape, -_MANY - 1)

    def __getitem__(self, asked: Bools) -> Ints:
        new = asked & (self._found < -_MANY)
        self._found[new] = decimals_of(self._numbers[new])
        found: Ints = self._found[asked]
        return found


def decimals_of(numbers: Floats) -> Ints:
    """Return how many decimals each number shows, below 0 of whole digits; of many digits more than any number has."""
    shape, numbers = numbers.shape, numbers.ravel()
    first, found = _exponents(numbers), np.full(numbers.shape, _MANY + 1)
    left = np.flatnonzero(np.isfinite(numbers))
    for digits in range(MOST + 1):
        decimals, number = digits - first[left], numbers[left]
        near = np.where(np.abs(decimals) > 22, 1e-15, 0.0) * np.abs(number)
        is_shown = np.abs(_round(number, decimals) - number) <= near
        found[left[is_shown]] = decimals[is_shown]
        left = left[~is_shown]
    return found.reshape(shape)


def _ten_to(powers: Any) -> Floats:
    found: Floats = _TENS.take(powers + (_MANY + 20), mode="clip")
    return found


def _exponents(numbers: Floats) -> Ints:
    """Return the powers of ten of the first digits."""
    sizes = np.where((numbers == 0.0) | ~np.isfinite(numbers), 1.0, np.abs(numbers))
    found = np.clip(np.floor(np.log10(sizes)), -_MANY, _MANY - 16).astype(int)
    found += sizes >= _ten_to(found + 1)  # the logarithm may be off by a rounding at a power of ten
    found -= sizes < _ten_to(found)
    return found


def _round(numbers: Floats, decimals: Ints) -> Floats:
    """Return each number to so many decimals, below 0 to whole digits."""
    unit = _ten_to(np.abs(decimals))
    # A division by an exact power of ten gives the float that is nearest, and so the one that was read.
    found: Floats = np.rint(numbers * unit) / unit
    return np.where(decimals < 0, np.rint(numbers / unit) * unit, found) if decimals.min(initial=0) < 0 else found
