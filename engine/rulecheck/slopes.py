"""The derivative of a function by central differences: of one number, and of the entries of an array."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ..loading import np
from ..manual import require_gradients

EPSILON = 2.0**-52
STEPS = 24
SHRINK = 4.0

LARGEST = 4000
"""Entries of the operands up to which each is moved by itself."""
MANY = 50
"""Of more entries each is moved twice and not four times."""
ENTRY_STEP, QUICK_STEP, SINGLE_STEP = 1e-3, 1e-4, 3e-2
"""How far an entry is moved, as a share of it: extrapolated, with one difference alone, and in single precision."""


class Slope(NamedTuple):
    """A derivative by central differences.

    Attributes:
        value: the derivative; nan where the function has no value on either side.
        error: an estimate of how far off it may be, inf where there is none.
        step: the step that gave it.
    """

    value: float
    error: float
    step: float = 0.0


def slope(
    f: Callable[[float], float], x: float, scale: float = 1.0, *, steps: int = STEPS, epsilon: float = EPSILON
) -> Slope:
    """Return the derivative of `f` at `x`, with an estimate of its error.

    Steps from a quarter of max(|x|, scale) down by factors of 4, extrapolated once (Richardson) and
    the steadiest taken: a large step is far from the limit, a small one drowns in float noise, and
    which is which depends on `f`. Source: Ridders, "Accurate computation of F'(x) and F'(x)F''(x)",
    Adv. Eng. Software 4(2), 1982; Press et al., Numerical Recipes, section 5.7.

    Args:
        f: a function that may raise ArithmeticError or ValueError outside its domain.
        x: where.
        scale: the size that a step may have where x is smaller than it.
        steps: how many steps are tried at most, each at the cost of two calls.
        epsilon: the relative precision that `f` computes in.
    """
    best, least = Slope(math.nan, math.inf), (1.0, math.inf)
    step = 0.25 * max(abs(x), scale)
    smallest = 1e3 * EPSILON * abs(x)
    previous = previous_extrapolated = math.nan
    for _ in range(steps):
        up, down = x + step, x - step
        above, below = _evaluate(f, up), _evaluate(f, down)
        here = (above - below) / (up - down)
        extrapolated = here + (here - previous) / (SHRINK * SHRINK - 1.0)
        noise = epsilon * (abs(above) + abs(below)) / step
        error = abs(extrapolated - previous_extrapolated) + noise
        # Relative first, as a step that jumps over a pole finds small slopes that agree with one another.
        share = min(error / abs(extrapolated), 1.0) if extrapolated else 1.0
        if (share, error) < least:
            best, least = Slope(extrapolated, error, step), (share, error)
            if share <= 1e-12:
                break
        previous, previous_extrapolated = here, extrapolated
        step /= SHRINK
        if step < smallest:
            break
    return best


def central(f: Callable[[float], Any], x: float, step: float) -> Any:
    """Return the central difference of a function that gives numbers or arrays."""
    up, down = x + step, x - step
    return (f(up) - f(down)) / (up - down)


def difference(f: Callable[[float], float], x: float) -> float:
    """Return the slope by one plain difference; nan where there is none."""
    return float(central(lambda at: _evaluate(f, at), x, 6e-6 * (abs(x) or 1.0)))


def is_smooth(f: Callable[[float], float], x: float, measured: Slope) -> bool:
    """Return whether the slopes left and right of `x` meet as the step shrinks."""
    if not math.isfinite(measured.value):
        return False
    here = _evaluate(f, x)

    def sides(step: float) -> tuple[float, float, float]:
        """Return the slopes left and right, and the float error of their difference."""
        up, down = x + step, x - step
        above, below = _evaluate(f, up), _evaluate(f, down)
        noise = 8.0 * EPSILON * (abs(above) + abs(here) + abs(below)) / step
        return (here - below) / (x - down), (above - here) / (up - x), noise

    step = measured.step / 64.0
    if x + step == x:
        return True
    (far_left, far_right, _), (left, right, noise) = sides(measured.step), sides(step)
    negligible = 1e-6 * (abs(left) + abs(right)) + noise
    return abs(right - left) <= 0.25 * abs(far_right - far_left) + negligible


def replace_entry(data: Any, at: tuple[int, ...], number: float) -> Any:
    """Return a copy of an array with another number at an entry; the number itself where it is of none."""
    if not at:
        return number
    moved = data.copy()
    moved[at] = number
    return moved


def jacobian(
    along: Callable[[Any], Any], x: Any, *, is_single: bool = False, finer: float = 1.0, least: float = 0.0
) -> Any:
    """Return the slopes of each entry of a result by each entry of an input.

    Args:
        is_single: whether the result has single precision: a small step drowns in its noise.
        finer: by how much to divide the usual step.
        least: an entry that is smaller is moved by a share of that.

    Returns:
        A float between numbers, else an array of shape (entries of the result, entries of x).
    """
    typical = float(np.sqrt(np.mean(np.square(x)))) or 1.0
    is_quick = np.size(x) > MANY
    share = (SINGLE_STEP if is_single else QUICK_STEP if is_quick else ENTRY_STEP) / finer
    columns = []
    for at in np.ndindex(np.shape(x)):
        entry = float(x[at] if at else x)
        size = max(abs(entry), least) or typical
        h = share * (max(size, typical) if is_single else size)

        def call_moved(number: float, at: tuple[int, ...] = at) -> Any:
            return along(replace_entry(x, at, number))

        slope = central(call_moved, entry, h)
        if not is_quick:
            slope = (4.0 * central(call_moved, entry, h / 2.0) - slope) / 3.0
        columns.append(slope)
    if not np.shape(x) and not np.shape(columns[0]):
        return float(columns[0])
    return np.stack([np.ravel(column) for column in columns], axis=1)


def _evaluate(f: Callable[[float], float], x: float) -> float:
    require_gradients()
    try:
        return float(f(x))
    except (ArithmeticError, ValueError):
        return math.nan
