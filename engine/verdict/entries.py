"""The comparator on arrays: what was filled in, and a verdict on each entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.amounts import cache_sized_slices, is_read_only
from ..arrays.edges import Shape, summed_to
from ..number import finite_or_none
from .digits import Floats, are_roundings, are_too_short, decimals_of, half_a_digit, shortest
from .rounding import CLOSE, FARTHEST, FEWEST
from .status import CODES, GRAVEST_FIRST, STATUSES, Status
from .tolerance import NOISE, Tolerance, precision_of

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Codes = np.ndarray[Any, np.dtype[np.int8]]


def read_array(grad: Any, shape: tuple[int, ...]) -> Floats | None:
    """The numbers of a gradient, nan where one is not finite or none at all; None for another shape, or no array."""
    try:
        given = np.asarray(grad)
    except (TypeError, ValueError):
        return None
    if given.shape != shape:
        return None
    if given.dtype.kind in "iuf":
        # A copy: what happens to theirs must not change the verdict.
        numbers: Floats = shortest(given) if precision_of(given) else given.astype(float, copy=not is_read_only(given))
        is_known = np.isfinite(numbers)
        return numbers if is_known.all() else np.where(is_known, numbers, np.nan)
    if given.dtype != object:
        return None
    found = [finite_or_none(entry) for entry in given.ravel().tolist()]
    return np.array([np.nan if number is None else number for number in found], dtype=float).reshape(shape)


def read_other(grad: Any) -> Floats | None:
    """Return the numbers of a gradient of whatever shape; None where there are none, or one is not finite."""
    numbers = read_array(grad, np.shape(grad)) if getattr(grad, "dtype", None) is not None else None
    return numbers if numbers is not None and np.isfinite(numbers).all() else None


def passed_misshapen(other: Floats, local: Any, shape: Shape, to: Shape) -> tuple[Any, Any] | None:
    """Return what a gradient of another shape than its node's passes on to an operand, in the operand's shape.

    Where that is summed over what was broadcast, it comes unsummed, too, else None; None alone where nothing fits.

    Args:
        other: the gradient.
        local: the local derivative by the operand.
        shape, to: those of the node and of the operand.
    """
    try:
        passed = other * local
        if np.shape(passed) != to or not np.isfinite(passed).all():
            return None
        if shape == to and not isinstance(local.coefficient, tuple):
            unsummed = other * np.asarray(local.coefficient)
            if unsummed.shape == other.shape and np.allclose(summed_to(unsummed, to), passed):
                return passed, unsummed
    except (ValueError, IndexError, TypeError):
        return None
    return passed, None


def added(*parts: Any) -> Any:
    """Return a sum; None where the shapes do not fit together."""
    try:
        return sum(parts)
    except ValueError:
        return None


def sampled(sizes: Any, shape: tuple[int, ...], *, seed: int) -> Floats:
    """Return errors of such sizes, as they might be; with the same seed the same."""
    found: Floats = sizes * np.random.default_rng(seed).standard_normal(shape)
    return found


def larger(sizes: Any, others: Any) -> Any:
    """Return the larger of two sizes at each entry; what is not known is left out."""
    return np.fmax(sizes, others)


def in_quadrature(sizes: Any, others: Any) -> Any:
    """Return what errors of such sizes add up to where they are independent; 0 where they overflow."""
    found = np.hypot(sizes, others)
    return np.where(np.isfinite(found), found, 0.0)


def following(
    tolerance: Tolerance, numbers: Floats, stray: Any, size: Any, expected: Any, noise: Any, precision: float
) -> Bools:
    """Return which entries may stand for what the chain rule gives on the learner's own numbers.

    Args:
        tolerance, numbers: what is judged, and how.
        stray: as of `judge.Stray`; what is true follows.
        size: the summed sizes of what arrives.
        expected, noise: the truth, and its float error.
        precision: of the numbers, see `tolerance.precision_of`.
    """
    found: Bools = stray.is_true.copy()
    chain, sizes = np.broadcast_to(stray.arrived, numbers.shape), np.broadcast_to(size, numbers.shape)
    with np.errstate(all="ignore"):
        # Where the learner's own numbers give the truth, but for float noise, what is not right does not follow either.
        asked = ~found & ~(np.abs(chain - expected) <= noise)
    if precision:  # its floor is that of the whole array
        return found | (accepted(tolerance, numbers, chain, sizes, 0.0, precision) & asked)
    found[asked] = accepted(tolerance, numbers[asked], chain[asked], sizes[asked])
    return found


def blame(
    numbers: Floats, expected: Any, stray: Any, taint: Any, is_near: Any, *, is_typed: bool, kept: int
) -> tuple[Codes, Any, Bools]:
    """Return the verdict on each entry of an array.

    Args:
        numbers: what was filled in.
        expected: the true gradient.
        stray: as of `judge.Stray`; None where every entry is right.
        taint: which entries a mistake reaches, or whether it reaches all.
        is_near: which entries are the truth, be it not for roundings by hand.
        is_typed: whether roundings by hand count.
        kept: as of `rounding.is_too_short`.

    Returns:
        The codes of the statuses; from which entries what follows is wrong, too, False for none; and which of the WRONG
        ones are right to too few decimals.
    """
    shape, is_known = numbers.shape, ~np.isnan(numbers)
    tainted = np.broadcast_to(taint, shape)
    codes, is_rough = np.full(shape, CODES[Status.CORRECT], dtype=np.int8), np.zeros(shape, dtype=bool)
    is_true = np.ones(shape, dtype=bool) if stray is None else stray.is_true
    if stray is not None and not is_true.all():
        codes[~stray.follows] = CODES[Status.WRONG]
        codes[~is_true & stray.follows & tainted] = CODES[Status.CARRIED]
        codes[~is_true & stray.follows & ~tainted & ~np.broadcast_to(stray.agrees, shape)] = CODES[Status.WRONG]
        if is_typed:
            is_wrong, fits_chain = codes == CODES[Status.WRONG], is_rough.copy()
            learner, truth = np.broadcast_to(stray.arrived, shape), np.broadcast_to(expected, shape)
            with np.errstate(all="ignore"):
                is_rough[is_wrong] = are_too_short(numbers[is_wrong], truth[is_wrong], kept)
                fits_chain[is_wrong] = are_too_short(numbers[is_wrong], learner[is_wrong], kept)
            is_rough &= bool(kept) | ~tainted  # what a mistake reaches is near the truth by chance, too
            codes[fits_chain & ~is_rough & tainted & bool(kept)] = CODES[Status.CARRIED]
            is_rough |= fits_chain & ~tainted
    # What a mistake reaches may be right to the digits that are typed and still be off.
    is_mistaken = (codes != CODES[Status.CORRECT]) & ~(is_rough & ~tainted)
    taints = np.where(is_known, is_mistaken | (is_true & tainted & ~is_near), tainted)
    return codes, taints if taints.any() else False, is_rough


def acquit(codes: Codes, numbers: Floats, stray: Any, slack: Any, taint: Any, kept: int) -> None:
    """Call CARRIED what a mistake reaches and may follow from numbers that are known to half their last digit only."""
    chain = np.broadcast_to(stray.arrived, numbers.shape)
    with np.errstate(all="ignore"):
        near = half_digits(numbers, kept) * CLOSE + slack
        is_within = (np.abs(numbers - chain) <= near) & (np.asarray(slack) > 0.0) & np.isfinite(chain)
    codes[(codes == CODES[Status.WRONG]) & np.broadcast_to(taint, codes.shape) & is_within] = CODES[Status.CARRIED]


def accepted(
    tolerance: Tolerance, numbers: Floats, reference: Any, size: Any, noise: Any = 0.0, precision: float = 0.0
) -> Any:
    """`Tolerance.accepts` for each entry."""
    with np.errstate(all="ignore"):
        off = np.abs(numbers - reference)
        # Near a reference that is not finite any number at all would be.
        found = np.isfinite(reference) & (off <= allowed(tolerance, reference, size, noise, precision))
        if not tolerance.typed or found.all():
            return found
        # Only what is nearly right can be a rounding, and few numbers are looked at closely.
        may_be = ~found & (off <= FARTHEST * np.abs(reference))
        if may_be.any():
            exact = np.broadcast_to(reference, numbers.shape)[may_be]
            noise = np.broadcast_to(max(NOISE, precision) * size, numbers.shape)[may_be]
            found[may_be] = are_roundings(numbers[may_be], exact, off[may_be] - noise)
    return found


def all_of(status: Status, shape: tuple[int, ...]) -> Codes | Status:
    """Return the codes of an array in which every entry has one status; of one without entries its own where WRONG."""
    codes = np.full(shape, CODES[status], dtype=np.int8)
    return codes if codes.size or status is not Status.WRONG else status


def everywhere(shape: tuple[int, ...]) -> Any:
    """Every entry of an array."""
    return np.ones(shape, dtype=bool)


def place_along(shape: tuple[int, ...], axis: int, place: int) -> Any:
    """The entries at one place along an axis."""
    found = np.zeros(shape, dtype=bool)
    found[(slice(None),) * axis + (place,)] = True
    return found


def has_suspects(codes: Codes | Status, taint: Any) -> bool:
    """Whether an entry that a mistake reaches is accused of one of its own."""
    if isinstance(codes, Status):
        return False
    return bool(((codes == CODES[Status.WRONG]) & np.broadcast_to(taint, codes.shape)).any())


def half_digits(numbers: Floats, kept: int = 0, is_rough: Any = False) -> Floats:
    """Return `rounding.half_digit_typed` for each entry; 0 for what is no number."""
    found = np.zeros(numbers.shape)
    with np.errstate(all="ignore"):
        is_number = np.isfinite(numbers) & (numbers != 0.0)
        found[is_number] = half_a_digit(numbers[is_number], numbers[is_number])
    if kept:
        found = np.maximum(found, np.where(decimals_of(numbers) <= kept, 0.5 * 10.0**-kept, 0.0))
    if np.any(is_rough):
        found[is_rough] = 0.5 * 10.0 ** -np.maximum(decimals_of(numbers[is_rough]), FEWEST)
    return found


def allowed(tolerance: Tolerance, reference: Any, size: Any, noise: Any = 0.0, precision: float = 0.0) -> Any:
    """`Tolerance.allowed` for each entry.

    Numbers of less than double precision may be off by a share of what the array's largest entry is the sum of: where a
    local derivative is a difference, as 1 - y*y of a tanh is, a small entry keeps no digits of its own.
    """
    return tolerance.allowed(reference, np.max(size, initial=0.0) if precision else size, noise, precision)


def near(tolerance: Tolerance, numbers: Floats, reference: Any, size: Any, noise: Any, precision: float) -> Any:
    """Return which entries are the reference, be it not for roundings by hand; none where it is not finite."""
    with np.errstate(all="ignore"):
        allowance = allowed(tolerance, reference, size, noise, precision)
        return (np.abs(numbers - reference) <= allowance) & np.isfinite(allowance)


def all_near(tolerance: Tolerance, numbers: Floats, reference: Any, noise: Any, precision: float) -> bool:
    """Whether each entry is accepted whatever its reference is the sum of."""
    reference, noise = np.broadcast_to(reference, numbers.shape), np.broadcast_to(noise, numbers.shape)
    parts = ((numbers[some], reference[some], 0.0, noise[some]) for some in cache_sized_slices(numbers))
    return all(bool(near(tolerance, *part, precision).all()) for part in parts)


def all_accepted(tolerance: Tolerance, numbers: Floats, reference: Any, size: Any, precision: float) -> bool:
    """Whether each entry, or a single number, is accepted; quick where one is not."""
    numbers, reference = np.atleast_1d(numbers, reference)
    with np.errstate(all="ignore"):
        off = np.abs(numbers - reference)
        near = allowed(tolerance, reference, size, 0.0, precision) + FARTHEST * np.abs(reference)
        if not (off <= near).all():
            return False
    return bool(accepted(tolerance, numbers, reference, size, 0.0, precision).all())


def filled_up(numbers: Floats, chain: Any) -> Floats:
    """The numbers, and where there is none what the chain rule gives."""
    return np.where(np.isnan(numbers), chain, numbers)


def with_all_digits(codes: Codes, numbers: Floats, true: Any, chain: Any) -> Floats:
    """Where an entry is right the true one, where it follows from a mistake what follows, else what was written."""
    found = np.where(codes == CODES[Status.CARRIED], chain, numbers)
    return np.where(codes == CODES[Status.CORRECT], true, found)


def spread(number: Any, shape: tuple[int, ...]) -> Floats:
    """Return an array of one number, or of what is broadcast to it."""
    return np.full(shape, number)


def gravest(codes: Codes) -> Status:
    """The status of an array: the gravest of its entries', CORRECT where it has none."""
    if not codes.size:
        return Status.CORRECT
    return next(status for status in GRAVEST_FIRST if (codes == CODES[status]).any())


def count(codes: Codes, *wanted: Status) -> int:
    """How many entries have one of the statuses."""
    return int(np.isin(codes, [CODES[status] for status in wanted]).sum())


def first(codes: Codes, *wanted: Status) -> tuple[int, ...] | None:
    """The index of the first entry that has the first of the statuses that any entry has."""
    for status in wanted:
        found = np.argwhere(codes == CODES[status])
        if len(found):
            return tuple(int(i) for i in found[0])
    return None


def status_at(codes: Codes, index: Any) -> Status:
    """The status of one entry."""
    return STATUSES[int(codes[index])]


def is_within(numbers: Floats, expected: Floats, off: Any) -> bool:
    """Whether every entry is known and as near as that."""
    return bool((np.abs(numbers - expected) <= off).all())


def is_noise(expected: Floats, size: Any) -> bool:
    """Whether a true gradient is zero up to float noise though its contributions are not."""
    noise = NOISE * np.broadcast_to(size, expected.shape)
    return bool(expected.size) and bool((np.abs(expected) <= noise).all() and noise.any())
