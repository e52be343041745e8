"""The comparator on arrays: what was filled in, and a verdict on each entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.amounts import in_parts, is_settled
from ..number import FARTHEST, finite_or_none
from .digits import Floats, are_of_two_decimals, are_roundings, half_a_digit
from .status import CODES, GRAVEST_FIRST, STATUSES, Status
from .tolerance import NOISE, Tolerance

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
        numbers: Floats = given.astype(float, copy=not is_settled(given))
        is_known = np.isfinite(numbers)
        return numbers if is_known.all() else np.where(is_known, numbers, np.nan)
    if given.dtype != object:
        return None
    found = [finite_or_none(entry) for entry in given.ravel().tolist()]
    return np.array([np.nan if number is None else number for number in found], dtype=float).reshape(shape)


def sampled(sizes: Floats, *, seed: int) -> Floats:
    """Errors of such sizes, as they might be; with the same seed the same."""
    found: Floats = sizes * np.random.default_rng(seed).standard_normal(sizes.shape)
    return found


def larger(sizes: Any, others: Any) -> Any:
    """The larger of two sizes at each entry; what is not known is left out."""
    return np.fmax(sizes, others)


def judge_entries(
    shape: tuple[int, ...],
    number: Floats | None,
    grad: Any,
    truth: Any,
    arrived: Any,
    agrees: Any,
    tolerance: Tolerance,
    noise: Any,
    precision: float,
    is_true: Any,
    rounds: bool,
) -> tuple[Codes | Status, Any, Any, Any]:
    """The verdict on each entry of an array.

    Args:
        shape: the array's.
        number: what can be read of what was filled in, None for nothing.
        grad: what was filled in, None for nothing.
        truth: the true gradient.
        arrived: what its consumers have passed on to it, as of `judge`.
        agrees: where the chain rule on the true numbers gives the truth; see `judge`.
        noise: how far the truth may be off.
        precision: of the numbers, see `tolerance.precision_of`.
        is_true: which entries may stand for the truth, see `accepted`.
        rounds: see `number.is_of_two_decimals`.

    Returns:
        The codes of the statuses, or one status for an array without entries that holds no gradient of it; what is
        passed on, and from where a mistake is. These two are numbers where all entries have the same. Last,
        which of the WRONG ones are right to two decimals.
    """
    chain, taint = arrived.chain, arrived.taint
    if number is None:
        status = Status.MISSING if grad is None else Status.WRONG
        codes = np.full(shape, CODES[status], dtype=np.int8)
        is_mute = status is Status.WRONG and not codes.size
        return status if is_mute else codes, np.broadcast_to(chain, shape), taint, False
    true_size = arrived.size
    codes = np.full(shape, CODES[Status.CORRECT], dtype=np.int8)
    is_known = ~np.isnan(number)
    with np.errstate(all="ignore"):
        is_near = is_true & (np.abs(number - truth) > allowed(tolerance, truth, true_size, noise, precision))
    # What a mistake reaches may be right to the digits that are typed and still be off.
    is_off = is_near & taint
    if is_true.all():
        return codes, number, is_off if is_off.any() else False, False
    tainted, learner = np.broadcast_to(taint, shape), np.broadcast_to(chain, shape)
    with np.errstate(all="ignore"):
        # Where the learner's own numbers give the truth, but for float noise, what is not right does not follow either.
        is_else = ~is_true & ~(np.abs(learner - truth) <= NOISE * true_size)
    follows = is_true | _follow(tolerance, number, learner, arrived, is_else, precision)
    codes[~follows] = CODES[Status.WRONG]
    codes[~is_true & follows & tainted] = CODES[Status.CARRIED]
    codes[~is_true & follows & ~tainted & ~np.broadcast_to(agrees, shape)] = CODES[Status.WRONG]
    passed_on = np.where(is_known, number, chain)
    is_rough = np.zeros(shape, dtype=bool)
    if tolerance.typed:
        is_wrong = codes == CODES[Status.WRONG]
        fits_chain = is_rough.copy()
        with np.errstate(all="ignore"):
            is_rough[is_wrong] = are_of_two_decimals(
                number[is_wrong], np.broadcast_to(truth, shape)[is_wrong], rounds=rounds
            )
            fits_chain[is_wrong] = are_of_two_decimals(number[is_wrong], learner[is_wrong], rounds=rounds)
        is_rough &= rounds | ~tainted  # what a mistake reaches is near the truth by chance, too
        codes[fits_chain & ~is_rough & tainted & rounds] = CODES[Status.CARRIED]
        is_rough |= fits_chain & ~tainted
    is_mistaken = (codes != CODES[Status.CORRECT]) & ~(is_rough & ~tainted)
    taints = np.where(is_known, is_mistaken | is_off, tainted)
    return codes, passed_on, taints if taints.any() else False, is_rough


def _follow(tolerance: Tolerance, number: Floats, chain: Floats, arrived: Any, asked: Bools, precision: float) -> Bools:
    """Which of some entries may stand for what the chain rule gives on the learner's own numbers."""
    sizes, slack = np.broadcast_to(arrived.chain_size, number.shape), arrived.slack
    if precision:  # its floor is that of the whole array
        found = accepted(tolerance, number, chain, sizes, 0.0, precision) & asked
    else:
        found = np.zeros(number.shape, dtype=bool)
        found[asked] = accepted(tolerance, number[asked], chain[asked], sizes[asked])
    if tolerance.typed and np.any(slack):
        with np.errstate(all="ignore"):
            near = half_digits(number) * (1.0 + 1e-9) + slack
            has_slack = (np.asarray(slack) > 0.0) & arrived.taint & np.isfinite(chain)
            found |= (np.abs(number - chain) <= near) & has_slack & asked
    return found


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
            found[may_be] = are_roundings(numbers[may_be], exact, off[may_be])
    return found


def all_of(status: Status, shape: tuple[int, ...]) -> Codes:
    """The codes of an array in which every entry has one status."""
    return np.full(shape, CODES[status], dtype=np.int8)


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


def half_digits(numbers: Floats) -> Floats:
    """Half of each number's last digit, as of `number.half_a_digit`; 0 for 0 and for numbers of many digits."""
    found = np.zeros(numbers.shape)
    with np.errstate(all="ignore"):
        is_number = np.isfinite(numbers) & (numbers != 0.0)
        found[is_number] = half_a_digit(numbers[is_number], numbers[is_number])
    return found


def allowed(tolerance: Tolerance, reference: Any, size: Any, noise: Any = 0.0, precision: float = 0.0) -> Any:
    """`Tolerance.allowed` for each entry.

    Numbers of less than double precision may be off by a share of what the array's largest entry is the sum of: where a
    local derivative is a difference, as 1 - y*y of a tanh is, a small entry keeps no digits of its own.
    """
    return tolerance.allowed(reference, np.max(size, initial=0.0) if precision else size, noise, precision)


def all_near(tolerance: Tolerance, numbers: Floats, reference: Any, noise: Any, precision: float) -> bool:
    """Whether each entry is accepted whatever its reference is the sum of."""
    reference, noise = np.broadcast_to(reference, numbers.shape), np.broadcast_to(noise, numbers.shape)
    return all(
        _all_near(tolerance, numbers[some], reference[some], noise[some], precision) for some in in_parts(numbers)
    )


def _all_near(tolerance: Tolerance, numbers: Floats, reference: Any, noise: Any, precision: float) -> bool:
    with np.errstate(all="ignore"):
        allowance = tolerance.allowed(reference, 0.0, noise, precision)
        return bool((np.abs(numbers - reference) <= allowance).all() and np.isfinite(allowance).all())


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


def spread(number: float, shape: tuple[int, ...]) -> Floats:
    """An array of one number."""
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
