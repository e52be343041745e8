"""Two sanity checks that measure: the loss's slope along the gradient, and along a random direction.

They need no reference gradient, only the loss: what a gradient says of a direction d is g . d, and
what the loss does there can be measured on both sides.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..rulecheck.slopes import slope
from .movable import Check, Movable, epsilon, loss_of, require_function, restore_parameters
from .optim import require_nonnegative

MOST_BLAMED = 32
"""Of more parameters than these none is asked alone: it would take minutes."""

Moves = list[tuple[Movable, Any]]
"""Parameters, and the direction in which each is moved."""


@dataclass(frozen=True)
class DirectionCheck(Check):
    """Of `along_gradient` and `along_random_direction`.

    Attributes:
        measured: the loss's slope along the direction, from the loss alone.
        claimed: what the gradients say that it is.
        ratio: (L(w - h d) - L(w + h d)) / (2 h g . d): -1 where both agree; nan where g . d is 0.
        allowed: how far `measured` and `claimed` may be apart.
        wrong: the names of the parameters whose own gradient fails when they are moved alone.
    """

    measured: float
    claimed: float
    ratio: float
    allowed: float
    wrong: tuple[str, ...] = ()


def along_gradient(
    loss_fn: Callable[[], Any], params: Any, grads: Any = None, *, rtol: float = 1e-3, typed: bool = True
) -> DirectionCheck:
    """Return whether the loss falls along the gradient as fast as the gradient says.

    (L(w - h g) - L(w + h g)) / (2 h |g|^2) must be -1. It sees any sign, any factor, and nearly any wrong rule. A
    gradient that is right but for some entries that are 0 passes: `along_random_direction` sees that, too.

    Args:
        loss_fn: gives the loss for what the parameters hold when it is called: a Value, a number or a tensor. It must
            give the same for the same parameters: no dropout, no new batch.
        params: leaf Values, arrays of NumPy (moved in place), tensors; a list or a dict of them; or a module with
            `named_parameters()` or `parameters()`. All are put back.
        grads: the gradients in the same order, or by the same names, or by node; by default what `.grad` holds.
        rtol: how far the slopes may be apart, as a share of |g|.
        typed: allow for numbers that a person rounded as well, as in `sums_to_zero`.

    Returns:
        A `DirectionCheck`.

    Raises:
        ShapeError: there is no parameter, or gradients and parameters do not pair.
        NotAParameterError: something cannot be moved.
        UnfilledError: a gradient is missing.
        NotANumberError, NotFiniteError: a gradient, the loss or `rtol` is no finite number.
        SettingError: `rtol` is below 0.

    Examples:
        >>> from handgrad import Value
        >>> w = Value(3.0, "w")
        >>> print(along_gradient(lambda: w * w, [w], grads=[6.0]))
        ok: the loss falls along the gradient as fast as it says: the ratio is -1.
        >>> check = along_gradient(lambda: w * w, [w], grads=[12.0])
        >>> check.ok, round(check.ratio, 6)
        (False, -0.5)
    """
    where = "along_gradient"
    share = require_nonnegative(rtol, where, "rtol")
    with restore_parameters(params, grads, where) as parameters:
        norm = math.sqrt(math.fsum(parameter.dot(parameter.grad) for parameter in parameters))
        if norm == 0.0:
            message = "every gradient is 0, so there is no way to go along. Ask along_random_direction."
            return DirectionCheck(False, message, 0.0, 0.0, math.nan, 0.0)
        moves = [(parameter, parameter.grad / norm) for parameter in parameters]
        check = _measure_slope(loss_fn, moves, share, typed, where)
    ratio = check.ratio
    if check.ok:
        message = f"the loss falls along the gradient as fast as it says: the ratio is {ratio:.4g}."
    elif ratio > 0.0:
        message = f"the loss rises down the gradient: the ratio is {ratio:.4g}, not -1. Look for a lost or extra minus."
    else:
        factor = -1.0 / ratio if ratio else math.inf
        message = (
            f"down the gradient the loss falls {-ratio:.4g} times as fast as it says: the ratio is {ratio:.4g}, not "
            f"-1. If it is a factor alone, the gradient is {factor:.4g} times what it must be: look for a 1/n, a mean, "
            "a use counted twice."
        )
    return _say(check, message)


def along_random_direction(
    loss_fn: Callable[[], Any], params: Any, grads: Any = None, *, seed: int = 0, rtol: float = 1e-3, typed: bool = True
) -> DirectionCheck:
    """Return whether the loss changes along a random direction d by g . d.

    Every entry of every gradient is in it, so whatever is wrong shows, but for a chance of about `rtol` times |g|
    over the size of the error; another seed asks again.

    Args:
        loss_fn, params, grads, typed: as for `along_gradient`.
        seed: of the direction, whose numbers are from the standard normal distribution.
        rtol: how far the slopes may be apart, as a share of |g|, which is what g . d is on average.

    Returns:
        A `DirectionCheck`.

    Raises:
        ShapeError, NotAParameterError, UnfilledError, NotANumberError, NotFiniteError, SettingError: as
            `along_gradient` does.

    Source:
        Hutchinson's and SPSA's random directions; Spall, IEEE Trans. Automatic Control 37(3), 1992, for moving all
        parameters at once.

    Examples:
        >>> from handgrad import Value
        >>> a, b = Value(3.0, "a"), Value(-2.0, "b")
        >>> along_random_direction(lambda: a * b, [a, b], grads=[-2.0, 3.0]).ok
        True
        >>> along_random_direction(lambda: a * b, [a, b], grads=[-2.0, 0.0]).wrong
        ('b',)
    """
    where = "along_random_direction"
    share = require_nonnegative(rtol, where, "rtol")
    with restore_parameters(params, grads, where) as parameters:
        generator = random.Random(seed)
        moves = [(parameter, parameter.draw_direction(generator)) for parameter in parameters]
        check = _measure_slope(loss_fn, moves, share, typed, where)
    measured = check.measured
    if check.ok:
        message = f"along a random direction the loss changes as the gradients say: by {measured:.6g} a step of 1."
    else:
        message = (
            f"along a random direction the loss changes by {measured:.6g} a step of 1, and the gradients say "
            f"{check.claimed:.6g}: a gradient is wrong, or missing."
        )
    return _say(check, message)


def _measure_slope(loss_fn: Callable[[], Any], moves: Moves, share: float, typed: bool, where: str) -> DirectionCheck:
    """Compare the measured slope with the claimed one; the message is "" but where nothing can be measured."""
    require_function(loss_fn, where)
    first = loss_fn()
    loss, again = (loss_of(thing, f"{where}: the loss") for thing in (first, loss_fn()))
    if again != loss:
        message = (
            f"loss_fn gives {loss:.9g}, and called again {again:.9g} for the same parameters: it draws something anew, "
            "as dropout or a batch is. Draw once, outside of it, or call model.eval()."
        )
        return DirectionCheck(False, message, math.nan, math.nan, math.nan, 0.0)
    measure = partial(_measure_along, loss_fn, loss, epsilon(first), share, typed, where)
    whole = measure(moves)
    if not math.isfinite(whole.measured):
        message = "the loss has no finite value beside where the parameters stand, so nothing can be measured."
        return DirectionCheck(False, message, math.nan, whole.claimed, math.nan, 0.0)
    if not whole.ok and 1 < len(moves) <= MOST_BLAMED:
        with contextlib.suppress(ArithmeticError):
            wrong = tuple(parameter.name for parameter, way in moves if not measure([(parameter, way)]).ok)
            return replace(whole, wrong=wrong)
    return whole


def _measure_along(
    loss_fn: Callable[[], Any], loss: float, precision: float, share: float, typed: bool, where: str, moves: Moves
) -> DirectionCheck:
    """Compare the slopes where some parameters move along their directions; they are put back."""
    claimed = math.fsum(parameter.dot(direction) for parameter, direction in moves)
    norm = math.sqrt(math.fsum(parameter.dot(parameter.grad) for parameter, _ in moves))
    reach = 0.1 * (1.0 + math.sqrt(math.fsum(parameter.size_squared() for parameter, _ in moves)))
    # A tenth of the loss is far from float noise, and mostly not far from the limit.
    scale = min(reach, 0.1 * abs(loss) / norm) if loss and norm else reach

    def loss_at(distance: float) -> float:
        for parameter, direction in moves:
            parameter.move(distance, direction)
        return loss_of(loss_fn(), f"{where}: the loss")

    try:
        lost = max(precision, *(parameter.epsilon for parameter, _ in moves))
        measured, error, _ = slope(loss_at, 0.0, 4.0 * scale, steps=8, epsilon=lost)
    finally:
        for parameter, _ in moves:
            parameter.put_back()
    length = abs(claimed) if where == "along_gradient" else norm
    rounding = math.fsum(parameter.rounding(direction) for parameter, direction in moves) if typed else 0.0
    allowed = share * length + rounding + 10.0 * error
    ratio = -measured / claimed if claimed else math.nan
    return DirectionCheck(abs(measured - claimed) <= allowed, "", measured, claimed, ratio, allowed)


def _say(check: DirectionCheck, message: str) -> DirectionCheck:
    """Return a check with its message, unless nothing could be measured, and the parameters that are wrong alone."""
    *first, last = check.wrong or [""]
    blame = f" Moved alone, it is {', '.join(first) + ' and ' if first else ''}{last}." if last else ""
    return check if check.message else replace(check, message=message + blame)
