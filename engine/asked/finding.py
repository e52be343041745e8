"""One input of one operation: its local derivative by the rule, and by central differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from .slopes import Slope, is_smooth, slope

RTOL = 1e-6


class Finding(NamedTuple):
    """What the rule gives and what was measured.

    Attributes:
        place: which input.
        is_smooth: whether the slopes from the two sides meet; a rule is wrong only where they do.
        entry: which entry of an input that is an array, as in "[0, 3]"; "" for a number.
        of_entry: which entry of the result it moves; "" where it is plain.
    """

    place: int
    by_rule: float
    measured: float
    is_wrong: bool
    is_smooth: bool
    entry: str = ""
    of_entry: str = ""

    @property
    def badness(self) -> tuple[bool, bool, float]:
        """For the largest to be the one that is shown."""
        apart = abs(self.by_rule - self.measured)
        return self.is_wrong, not self.is_smooth, apart / (abs(self.measured) or 1.0)


def found(place: int, along: Callable[[float], float], x: float, by_rule: float) -> Finding:
    """The finding on an input.

    Args:
        along: the operation as a function of that input alone.
        x: where the input stands.
        by_rule: its local derivative.
    """
    # Nearly every rule is right, and one plain difference shows it.
    quick = difference(along, x)
    if abs(by_rule - quick) <= RTOL * max(abs(by_rule), abs(quick)):
        return Finding(place, by_rule, quick, False, True)
    measured = slope(along, x)
    if agree(by_rule, measured):
        return Finding(place, by_rule, measured.value, False, True)
    smooth = is_smooth(along, x, measured)
    return Finding(place, by_rule, measured.value, smooth, smooth)


def difference(f: Callable[[float], float], x: float) -> float:
    """The slope by one plain difference; nan where there is none."""
    step = 6e-6 * (abs(x) or 1.0)
    up, down = x + step, x - step
    try:
        return (f(up) - f(down)) / (up - down)
    except (ArithmeticError, ValueError):
        return math.nan


def agree(by_rule: float, measured: Slope) -> bool:
    """Whether a derivative is the one that was measured, within RTOL and the measurement's own error."""
    return abs(by_rule - measured.value) <= RTOL * max(abs(by_rule), abs(measured.value)) + 10.0 * measured.error
