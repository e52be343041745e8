"""When a number counts as equal to a gradient."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .rounding import is_rounding

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
        """How far a number may be from `reference`; all of them numbers, or arrays of one shape.

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
        if not math.isfinite(reference):  # any number at all would be near enough
            return False
        is_near = abs(number - reference) <= self.allowed(reference, size, noise, precision)
        return is_near or (self.typed and is_rounding(number, reference, max(NOISE, precision) * size))


def precision_of(grad: Any) -> float:
    """How coarse a number or an array is as it was filled in: some roundings of its type; 0.0 for double precision."""
    dtype = getattr(grad, "dtype", None)
    if getattr(dtype, "kind", "") != "f" or dtype.itemsize >= 8:  # type: ignore[union-attr]
        return 0.0
    return ROUNDINGS * 2.0**-23 if dtype.itemsize == 4 else HALF_ROUNDINGS * 2.0**-10  # type: ignore[union-attr]
