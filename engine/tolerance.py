"""When a number counts as equal to a gradient."""

from __future__ import annotations

import math
from typing import NamedTuple

from .number import is_rounding

NOISE = 1e-12
"""Float noise, as a share of the summed sizes of a gradient's contributions (some 4,500 roundings)."""


class Tolerance(NamedTuple):
    """When a number counts as equal to a reference."""

    rtol: float = 1e-6
    atol: float = 0.0
    typed: bool = True

    def accepts(self, number: float, reference: float, size: float, noise: float = 0.0) -> bool:
        """Whether `number` may stand for `reference`.

        Args:
            size: the summed sizes of the contributions that `reference` is the sum of.
            noise: how far `reference` itself may be off.
        """
        if not math.isfinite(reference):  # any number at all would be near enough
            return False
        allowed = self.rtol * abs(reference) + self.atol + NOISE * size + noise
        return abs(number - reference) <= allowed or (self.typed and is_rounding(number, reference))
