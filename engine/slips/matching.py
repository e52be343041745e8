"""Whether the numbers of a candidate are those that were written."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..verdict.rounding import precision_of
from .lazy import LazyGradient

if TYPE_CHECKING:
    from .neighborhood import Neighborhood

UNEXPLAINED = 0.25
"""How much of what an array is off by an explanation may leave over, as a share."""


class Match:
    """What is held to what was written, and known of that.

    Args:
        actual: what was filled in, as it was.

    Attributes:
        sample_index: the entries that are compared with a candidate first; None where all are at once.
    """

    def __init__(self, region: Neighborhood, actual: Any) -> None:
        self._region, self._arithmetic = region, region.arithmetic
        self._precision = precision_of(actual)
        self.sample_index = self._arithmetic.some_of(region.shape)

    def explains(self, numbers: Any, *, roughly: bool) -> bool:
        """See `Neighborhood.explains`."""
        region, roughly = self._region, roughly or self.is_rough
        if roughly and not self.may_be_rough:
            return False
        if self.sample_index is not None and not self._may_explain(numbers, roughly):
            return False
        numbers = numbers.full() if isinstance(numbers, LazyGradient) else numbers
        numbers = self._arithmetic.spread(numbers, region.shape)
        if not self._is_near(region.user_grad, numbers, region.magnitude, roughly):
            return False
        left = self._arithmetic.distance(region.user_grad, numbers)
        return left <= UNEXPLAINED * self._arithmetic.distance(region.user_grad, region.recomputed)

    def _may_explain(self, numbers: Any, roughly: bool) -> bool:
        """Tell whether sampled entries allow it: nearly every candidate is far off, which they show cheaply."""
        if self._precision:  # its floor is that of the whole array
            return True
        whole = isinstance(numbers, LazyGradient)
        few = numbers.sample() if whole else self._arithmetic.spread(numbers, self._region.shape)[self.sample_index]
        written, size = self._some_written
        return self._is_near(written, few, size, roughly)

    def _is_near(self, written: Any, numbers: Any, size: Any, roughly: bool) -> bool:
        if roughly:
            return self._arithmetic.is_of_two_decimals(written, numbers)
        tolerance = self._region.comparison.tolerance
        return self._arithmetic.accepts(tolerance, written, numbers, size, self._precision, self._decimals)

    @cached_property
    def may_be_rough(self) -> bool:
        """Whether what was written can be anything that is rounded to two decimals."""
        return self._arithmetic.may_be_of_two_decimals(self._region.user_grad)

    @cached_property
    def is_rough(self) -> bool:
        """Whether it was written to two decimals as others were, and much is near its few digits by chance."""
        return bool(self._region.comparison.rounded_nodes) and self._arithmetic.has_few_digits(self._region.user_grad)

    @cached_property
    def _some_written(self) -> tuple[Any, Any]:
        """Of `some` entries what was written, and the sizes."""
        region = self._region
        written: Any = region.user_grad
        return written[self.sample_index], self._arithmetic.spread(region.magnitude, region.shape)[self.sample_index]

    @cached_property
    def _decimals(self) -> int | None:
        return self._arithmetic.decimals_of(self._region.user_grad)
