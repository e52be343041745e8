"""Whether the numbers of a guess are those that were written."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..verdict.tolerance import precision_of
from .later import Later

if TYPE_CHECKING:
    from .region import Region

UNEXPLAINED = 0.25
"""How much of what an array is off by an explanation may leave over, as a share."""


class Fit:
    """What is held to what was written, and known of that.

    Args:
        actual: what was filled in, as it was.

    Attributes:
        some: the indices of some entries, which are held against a guess before all are; None where all are at once.
    """

    def __init__(self, region: Region, actual: Any) -> None:
        self._region, self._amounts = region, region.amounts
        self._precision = precision_of(actual)
        self.some = self._amounts.some_of(region.shape)

    def explains(self, numbers: Any, *, roughly: bool) -> bool:
        """See `Region.explains`."""
        region, roughly = self._region, roughly or self.is_rough
        if roughly and not self.may_be_rough:
            return False
        if self.some is not None and not self._may_explain(numbers, roughly):
            return False
        numbers = numbers.whole() if isinstance(numbers, Later) else numbers
        numbers = self._amounts.spread(numbers, region.shape)
        if not self._is_near(region.written, numbers, region.size, roughly):
            return False
        left = self._amounts.distance(region.written, numbers)
        return left <= UNEXPLAINED * self._amounts.distance(region.written, region.chain)

    def _may_explain(self, numbers: Any, roughly: bool) -> bool:
        """Whether some entries do not speak against it: nearly every guess is far off, as they say for a hundredth."""
        if self._precision:  # its floor is that of the whole array
            return True
        whole = isinstance(numbers, Later)
        few = numbers.few() if whole else self._amounts.spread(numbers, self._region.shape)[self.some]
        written, size = self._some_written
        return self._is_near(written, few, size, roughly)

    def _is_near(self, written: Any, numbers: Any, size: Any, roughly: bool) -> bool:
        if roughly:
            return self._amounts.is_of_two_decimals(written, numbers)
        tolerance = self._region.comparison.tolerance
        return self._amounts.accepts(tolerance, written, numbers, size, self._precision, self._decimals)

    @cached_property
    def may_be_rough(self) -> bool:
        """Whether what was written can be anything that is rounded to two decimals."""
        return self._amounts.may_be_of_two_decimals(self._region.written)

    @cached_property
    def is_rough(self) -> bool:
        """Whether it was written to two decimals as others were, and much is near its few digits by chance."""
        return bool(self._region.comparison.rounded_nodes) and self._amounts.has_few_digits(self._region.written)

    @cached_property
    def _some_written(self) -> tuple[Any, Any]:
        """Of `some` entries what was written, and the sizes."""
        region = self._region
        written: Any = region.written
        return written[self.some], self._amounts.spread(region.size, region.shape)[self.some]

    @cached_property
    def _decimals(self) -> int | None:
        return self._amounts.decimals_of(self._region.written)
