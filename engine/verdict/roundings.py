"""The digits that people type, of many numbers one after the other: what `number` says of one, quickly."""

from __future__ import annotations

from math import floor, log10

from ..number import FARTHEST, half_a_digit, is_rounding
from .tolerance import TYPED

MOST_DECIMALS = 22
"""10 to this power is the largest that a float holds exactly."""
_TENS = [10.0**power for power in range(MOST_DECIMALS + 1)]
_CLOSE = 1.0 + 1e-9


class Roundings:
    """`number.is_rounding` of the numbers of one person, whose digits, or decimals, mostly are as many all along.

    What fitted last is tried first: the slow way, over the text of a number, is left to the first of a kind.
    """

    def __init__(self) -> None:
        self._digits = 3
        self._scale = 1000.0
        """10 to the power of the decimals."""

    def __call__(self, number: float, exact: float, off: float) -> bool:
        """Whether somebody may have written `number`, which is `off` from it, for `exact`."""
        size = abs(exact)
        if not number or not off <= FARTHEST * size:
            return False
        if _has_decimals(number, size, off, self._scale):
            return True
        decimals = self._digits - 1 - floor(log10(size))
        if 0 <= decimals <= MOST_DECIMALS and _has_decimals(number, size, off, _TENS[decimals]):
            self._scale = _TENS[decimals]
            return True
        if not is_rounding(number, exact):
            return False
        self._digits = digits_of(number, self._digits)
        return True


def _has_decimals(number: float, size: float, off: float, scale: float) -> bool:
    """Whether it is that to so many decimals, and these are enough, as of `number.is_rounding`."""
    return (
        off * scale <= 0.5 * _CLOSE
        and (size * scale >= 100.0 or (scale >= 1000.0 and size >= 0.01))
        and round(number * scale) / scale == number
    )


def digits_of(number: float, least: int) -> int:
    """How many significant digits a number shows, from three on; `least` where they are more than people type."""
    exponent = floor(log10(abs(number))) if number else 0
    for digits in range(3, 10):
        decimals = digits - 1 - exponent
        if 0 <= decimals <= MOST_DECIMALS and round(number * _TENS[decimals]) / _TENS[decimals] == number:
            return digits
    return least


def half_of_last_digit(number: float) -> float:
    """Half the last digit of a typed number; 0.0 for one of more digits than people type: `arrived.half_digits`."""
    if not number:
        return 0.0
    size = abs(number)
    exponent = floor(log10(size))
    fewest, most = 2 - exponent, 9 - exponent
    if size >= 0.01:
        fewest = min(fewest, 3)
    if not 0 <= fewest <= most <= MOST_DECIMALS:
        half = half_a_digit(number, number)
        return half if half >= TYPED * size else 0.0
    if round(number * _TENS[most]) / _TENS[most] != number:
        return 0.0  # more than ten digits
    decimals = next(decimals for decimals in range(fewest, most + 1) if _shows(number, _TENS[decimals]))
    half = 0.5 * 10.0**-decimals
    return half if half >= TYPED * size else 0.0


def _shows(number: float, scale: float) -> bool:
    return round(number * scale) / scale == number
