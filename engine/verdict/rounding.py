"""What a written number stands for: half a unit of its shortest decimal, to either side; of arrays see `digits`."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import Any, NamedTuple

FARTHEST = 0.06
"""A rounding is off by less than this share of the exact number: 0.0105 written as 0.011."""
TYPED = 4e-10
"""Half the last of nine digits is more than this share of a number; a number of more digits is not typed."""
ENOUGH = 3
"""So many decimals are enough of a number of at least 0.01."""
FEWEST, MOST = 2, 9
"""So many decimals are too few to be sure of, and more than that nobody types."""
MOST_KEPT = 6
"""Nobody rounds all numbers to more decimals."""
CLOSE = 1.0 + 1e-9
"""A tie is a rounding either way."""

_TENS = [10.0**power for power in range(23)]
"""Those that a float holds exactly."""


def is_rounding(written: float, exact: float, noise: float = 0.0) -> bool:
    """Return whether a person may have typed `written` for `exact`, which may itself be off by `noise`.

    True where `written` is `exact` rounded to three or more significant digits, or to three or
    more decimals where `exact` is at least 0.01 in size. A tie rounds either way; 0.0 stands for
    nothing but itself.
    """
    if written == 0.0 or exact == 0.0 or not isfinite(written - exact):
        return written == exact
    off = abs(written - exact) - noise
    return off <= FARTHEST * abs(exact) and off <= half_a_digit(written, exact) * CLOSE


def half_a_digit(written: float, exact: float) -> float:
    """Return how far `written` may be from `exact` as a rounding of it.

    Both must not be 0.
    """
    return _half_a_unit(decimals_of(written), abs(exact), floor(log10(abs(exact))))


def _half_a_unit(shown: int, size: float, first: int) -> float:
    """Return half a unit of so many decimals, or of the fewest that a number has as a rounding.

    Of whole digits too.
    """
    fewest = min(2 - first, ENOUGH) if size >= 0.01 else 2 - first
    return 0.5 * 10.0 ** -(shown if shown > fewest else fewest)


def half_digit(number: float) -> float:
    """Return how far a number is from what it may be a rounding of.

    A 0.0 has no last digit of its own.
    """
    return half_a_digit(number, number) if number else 0.0


def half_digit_typed(number: float, kept: int = 0, is_rough: bool = False) -> float:
    """Return half the last digit of a typed number, 0.0 for one of more digits than people type.

    Args:
        number: what was written.
        kept: to how many decimals whoever wrote it is known to round, 0 for not known.
        is_rough: whether it is known to be rounded to too few decimals.
    """
    size = abs(number)
    first = floor(log10(size)) if size else 0
    most = MOST - first if size else 0
    if 0 < most < len(_TENS) and round(number * _TENS[most]) / _TENS[most] != number:
        return 0.0
    shown = decimals_of(number)
    half = _half_a_unit(shown, size, first) if size else 0.0
    if is_rough:
        half = max(half, 0.5 / _TENS[max(FEWEST, shown)])
    elif shown <= kept > 0:
        half = max(half, 0.5 / _TENS[kept])
    return half if half >= TYPED * size else 0.0


def decimals_of(number: float) -> int:
    """Return how many decimals a number shows, below 0 of whole digits.

    3 for 0.125, -2 for 1200.0.
    """
    digits, _, exponent = f"{number!r}".partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    shown = len(fraction) if fraction else len(whole.rstrip("0")) - len(whole)
    return shown - int(exponent or 0)


def is_too_short(written: float, exact: float, kept: int = 0) -> bool:
    """Return whether `written` is `exact` rounded to too few decimals to be sure.

    There are two or more of them.

    Args:
        written, exact: the numbers.
        kept: to how many decimals whoever wrote it is known to round. 1.0 and 0.0 are such roundings then, too; else
            only what shows two decimals is one, as a slip gives a plain number near the right one by chance.
    """
    off = abs(written - exact)
    if not off <= 0.5 / _TENS[FEWEST] * CLOSE:
        return False
    shown = decimals_of(written)
    is_shown = FEWEST <= shown <= MOST and off <= 0.5 / _TENS[shown] * CLOSE
    return is_shown or (shown <= kept > 0 and off <= 0.5 / _TENS[kept] * CLOSE)


def is_of_few_digits(number: float) -> bool:
    """Return whether a number shows no more than two decimals and three digits.

    Much is near such a number by chance.
    """
    return decimals_of(number) <= FEWEST and abs(number) < 10.0


class Roundings:
    """`is_rounding` of the numbers of one person, who mostly keeps as many digits all along: these are tried first."""

    def __init__(self) -> None:
        self._digits, self._scale = 3, 1000.0

    def __call__(self, number: float, exact: float, noise: float = 0.0) -> bool:
        """Return whether somebody may have written `number` for `exact`, which may itself be off by `noise`."""
        size, off = abs(exact), abs(number - exact) - noise
        if not number or not size or not off <= FARTHEST * size:
            return False
        if _is_to(number, size, off, self._scale):
            return True
        first = floor(log10(size))
        scale = _TENS[min(max(self._digits - 1 - first, 0), len(_TENS) - 1)]
        if not _is_to(number, size, off, scale):
            if not is_rounding(number, exact, noise):
                return False
            self._digits = max(3, decimals_of(number) + 1 + first)
        self._scale = scale
        return True


def _is_to(number: float, size: float, off: float, scale: float) -> bool:
    """Return whether it is rounded to a unit of 1 / scale, and that is enough, as of `is_rounding`."""
    return (
        off * scale <= 0.5 * CLOSE
        and (size * scale >= 100.0 or (scale >= 1000.0 and size >= 0.01))
        and round(number * scale) / scale == number
    )


NOISE = 1e-12
"""Float noise, as a share of the summed sizes of a gradient's contributions (some 4,500 roundings)."""

ROUNDINGS = 256
"""How many roundings in a row a number of less than double precision is allowed.

Right backward passes in float32 (tanh layers up to six deep, batch norm, attention, an LSTM) needed up to 23 of them
with weights of the usual size, and 71 with weights four times as large.
"""

HALF_ROUNDINGS = 4
"""The same of float16, whose one rounding is already a thousandth: more would let a mistake of a percent pass."""


class Tolerance(NamedTuple):
    """When a number counts as equal to a reference."""

    rtol: float = 1e-6
    atol: float = 0.0
    typed: bool = True

    def allowed(self, reference: Any, size: Any, noise: Any = 0.0, precision: float = 0.0) -> Any:
        """Return how far a number may be from `reference`.

        All of them numbers, or arrays of one shape.

        Args:
            size: the summed sizes of the contributions that `reference` is the sum of.
            noise: how far `reference` itself may be off.
            precision: of the number, see `precision_of`.
        """
        rtol, atol, _ = self
        share, floor = (precision if precision > rtol else rtol), (precision if precision > NOISE else NOISE)
        return share * abs(reference) + atol + floor * size + noise

    def accepts(self, number: float, reference: float, size: float, noise: float = 0.0, precision: float = 0.0) -> bool:
        """Return whether `number` may stand for `reference`; see `allowed`."""
        if not isfinite(reference):  # any number at all would be near enough
            return False
        is_near = abs(number - reference) <= self.allowed(reference, size, noise, precision)
        return is_near or (self.typed and is_rounding(number, reference, max(NOISE, precision) * size))


def precision_of(grad: Any) -> float:
    """Return how coarse a number or an array is as it was filled in: some roundings of its type.

    0.0 for a double.
    """
    dtype = getattr(grad, "dtype", None)
    if getattr(dtype, "kind", "") != "f" or dtype.itemsize >= 8:  # type: ignore[union-attr]
        return 0.0
    return ROUNDINGS * 2.0**-23 if dtype.itemsize == 4 else HALF_ROUNDINGS * 2.0**-10  # type: ignore[union-attr]
