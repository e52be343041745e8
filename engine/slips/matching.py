"""Whether a candidate matches what the learner wrote."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..verdict import entries
from ..verdict.rounding import CLOSE, FEWEST, MOST_KEPT, is_of_few_digits, is_too_short, precision_of
from .values import LazyGradient, distance, numpy, sample_of

if TYPE_CHECKING:
    from .neighborhood import Neighborhood

UNEXPLAINED = 0.25
"""How much of what an array is off by an explanation may leave over, as a share."""
LEAST_OF_TWO_DECIMALS = 0.1
"""A number below has one digit when it has two decimals."""
FEWEST_OF_TWO_DECIMALS, MANY_UNITS = 4, 60
"""Of arrays, so many entries and so many hundredths together say something."""
FEWEST_UNITS = 50
"""The largest entry of such an array is at least so many units of its last digit."""


class Match:
    """Compares candidates with what was written, by what its digits say.

    Args:
        actual: what was filled in, as it was.

    Attributes:
        sample_index: the entries that are compared with a candidate first; None where all are at once.
    """

    def __init__(self, region: Neighborhood, actual: Any) -> None:
        self._region, self._precision = region, precision_of(actual)
        self.sample_index = sample_of(region.shape)

    def explains(self, numbers: Any, *, roughly: bool) -> bool:
        """See `Neighborhood.explains`."""
        region, roughly = self._region, roughly or self.is_rough
        if roughly and not self.may_be_rough:
            return False
        if self.sample_index is not None and not self._may_explain(numbers, roughly):
            return False
        numbers = region.spread(numbers.full() if isinstance(numbers, LazyGradient) else numbers, region.shape)
        if not self._is_near(region.user_grad, numbers, region.magnitude, roughly):
            return False
        return distance(region.user_grad, numbers) <= UNEXPLAINED * distance(region.user_grad, region.recomputed)

    def _may_explain(self, numbers: Any, roughly: bool) -> bool:
        """Tell whether the sampled entries allow it."""
        if self._precision:  # its floor is that of the whole array
            return True
        is_lazy, index = isinstance(numbers, LazyGradient), self.sample_index
        sample = numbers.sample() if is_lazy else self._region.spread(numbers, self._region.shape)[index]
        written, magnitude = self._sample
        return self._is_near(written, sample, magnitude, roughly)

    @cached_property
    def _sample(self) -> tuple[Any, Any]:
        """What was written in the sampled entries, and their magnitudes."""
        region = self._region
        return region.user_grad[self.sample_index], region.spread(region.magnitude, region.shape)[self.sample_index]

    def _is_near(self, written: Any, numbers: Any, magnitude: Any, roughly: bool) -> bool:
        tolerance = self._region.comparison.tolerance
        if self._region.is_scalar:
            if roughly:
                return abs(written) >= LEAST_OF_TWO_DECIMALS and is_too_short(written, numbers, FEWEST)
            return tolerance.accepts(written, numbers, 0.0, 0.0, self._precision)  # noise is in no mistake's number
        if not roughly and entries.all_accepted(tolerance, written, numbers, magnitude, self._precision):
            return True
        decimals = FEWEST if roughly else self._decimals if tolerance.typed else None
        return decimals is not None and bool((abs(written - numbers) <= 0.5 * 10.0**-decimals * CLOSE).all())

    @cached_property
    def may_be_rough(self) -> bool:
        """Whether there are values that what was written is, rounded to two decimals."""
        if self._region.is_scalar:
            return True
        units = abs(self._region.user_grad) * 10.0**FEWEST
        is_little = float(units.sum()) < MANY_UNITS - 0.5
        if is_little or numpy().count_nonzero(units > 0.5) < FEWEST_OF_TWO_DECIMALS:
            return False
        return self._most_decimals <= FEWEST

    @cached_property
    def is_rough(self) -> bool:
        """Whether a number was written to two decimals as others were, and much is near its few digits by chance."""
        written = self._region.user_grad
        is_number = self._region.is_scalar and bool(self._region.comparison.rounded_nodes)
        return is_number and written != 0.0 and is_of_few_digits(written)  # a 0 is no rounding

    @cached_property
    def _decimals(self) -> int | None:
        """The decimals, three or more, to which an array was rounded; None where the largest has too few digits."""
        decimals, largest = max(FEWEST + 1, self._most_decimals), abs(self._region.user_grad).max(initial=0.0)
        return decimals if decimals <= MOST_KEPT and largest >= FEWEST_UNITS * 10.0**-decimals else None

    @cached_property
    def _most_decimals(self) -> int:
        """How many decimals an array shows; of one that shows more than people keep, what some entries do."""
        written, count = self._region.user_grad, entries.decimals_of
        if self.sample_index is not None:
            shown = int(count(written[self.sample_index]).max(initial=0))
            if shown > MOST_KEPT:
                return shown
        return int(count(written).max(initial=0))
