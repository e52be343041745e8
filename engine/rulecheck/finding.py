"""One input of a rule: what it passes back, and what central differences give."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .rule import Rule
from .slopes import Slope, difference, is_smooth, slope

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


def findings(rule: Rule) -> list[Finding]:
    """Return the finding on each input of a rule between numbers."""
    given = rule.pull(1.0, None).given
    return [
        measure(place, rule.vary_input(place), x, given[place])
        for place, x in enumerate(rule.inputs)
        if place not in rule.unasked
    ]


def measure(place: int, along: Callable[[float], float], x: float, by_rule: float) -> Finding:
    """Return the finding on the input at `x`, along which alone the operation is followed."""
    # Nearly every rule is right, and one plain difference shows it.
    quick = difference(along, x)
    if abs(by_rule - quick) <= RTOL * max(abs(by_rule), abs(quick)):
        return Finding(place, by_rule, quick, False, True)
    measured = slope(along, x)
    if agree(by_rule, measured):
        return Finding(place, by_rule, measured.value, False, True)
    smooth = is_smooth(along, x, measured)
    return Finding(place, by_rule, measured.value, smooth, smooth)


def agree(by_rule: float, measured: Slope) -> bool:
    """Return whether a derivative is the measured one, within RTOL and its own error."""
    return abs(by_rule - measured.value) <= RTOL * max(abs(by_rule), abs(measured.value)) + 10.0 * measured.error
