"""What a gradient holds, a number or an array of them, in one voice for the search.

A graph of numbers is searched with floats alone: NumPy is asked for only where there are arrays, which have loaded it.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Container
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..verdict import entries
from ..verdict.rounding import CLOSE, FEWEST, MOST_KEPT, is_of_few_digits, is_too_short

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.rounding import Tolerance
    from .use import Use

Shape = tuple[int, ...]

LEAST_OF_TWO_DECIMALS = 0.1
"""A number below has one digit when it has two decimals."""
FEWEST_OF_TWO_DECIMALS, MANY_UNITS = 4, 60
"""Of arrays, so many entries and so many hundredths together say something."""
FEWEST_UNITS = 50
"""The largest entry of such an array is at least so many units of its last digit."""
MOST_SAMPLED = 64
"""So many entries of an array are compared with a candidate before all of them are."""


class ScalarOps:
    """Floats; an array of one entry is one, too."""

    is_of_arrays = False

    @staticmethod
    def spread(value: Any, shape: Shape) -> Any:
        """Return the value in a shape that it is broadcast to."""
        return value

    @staticmethod
    def full(shape: Shape, number: float) -> Any:
        return number

    @staticmethod
    def of(thing: Any) -> float:
        """Return data or a gradient as a float."""
        return thing if thing.__class__ is float else float(_only_entry(thing))

    @classmethod
    def local(cls, local: Any, consumer: Value) -> float:
        """Return a local derivative: an edge between arrays of one entry passes on a multiple of what it is given."""
        if isinstance(local, float):
            return local
        return cls.of(_numpy().ones(consumer.shape) * local)

    @staticmethod
    def ratio(off: float, part: float) -> float | None:
        """Return how many times the part it is off; None where that is underdetermined."""
        try:
            return off / part if part else None
        except OverflowError:
            return None

    @staticmethod
    def is_anything(value: float) -> bool:
        return value != 0.0

    @staticmethod
    def is_finite(value: float) -> bool:
        return math.isfinite(value)

    @staticmethod
    def is_all(value: Any, other: Any) -> bool:
        """Tell whether every entry of one is the other's."""
        return bool(value == other)

    @staticmethod
    def filled(value: float, other: Any) -> Any:
        """Return the value, and where it is nan another."""
        return other if math.isnan(value) else value

    @classmethod
    def passed_back(cls, passed: Any, use: Use) -> Any:
        """Return what an entrywise use passes back for these numbers at its consumer."""
        return cls.of(passed)

    @staticmethod
    def fingerprint(value: float) -> float:
        """Return a number that two values share only where they are one, up to float error."""
        return value

    @staticmethod
    def total(value: float) -> float:
        return value

    @staticmethod
    def distance(value: float, other: float) -> float:
        return abs(value - other)

    @staticmethod
    def summed(local: Any, shape: Shape) -> list[int]:
        return []

    @staticmethod
    def some_of(shape: Shape) -> Any:
        """Return the indices of some entries of a large array, spread over all of it; None of a small one."""
        return None

    @staticmethod
    def decimals_of(written: float) -> int | None:
        """Return the decimals to which all of it was rounded; None where that says nothing."""
        return None

    @staticmethod
    def accepts(
        tolerance: Tolerance, written: float, value: float, size: float, precision: float, decimals: int | None
    ) -> bool:
        """Tell whether what was written may stand for a value: noise apart, which no mistake is known to.

        Args:
            precision, decimals: of what was written, see `tolerance.precision_of` and `decimals_of`.
        """
        return tolerance.accepts(written, value, 0.0, 0.0, precision)

    @staticmethod
    def has_few_digits(written: float) -> bool:
        """Tell whether much is near it by chance; a 0 is no rounding."""
        return written != 0.0 and is_of_few_digits(written)

    @staticmethod
    def may_be_of_two_decimals(written: float) -> bool:
        """Tell whether there are values that it is, rounded to two decimals."""
        return True

    @staticmethod
    def is_of_two_decimals(written: float, value: float) -> bool:
        """Tell whether what was written, and may be of two decimals, is a value rounded to them."""
        return abs(written) >= LEAST_OF_TWO_DECIMALS and is_too_short(written, value, FEWEST)

    @staticmethod
    def quietly() -> contextlib.AbstractContextManager[Any]:
        """Return a context in which nothing warns: what is not finite is looked at afterwards."""
        return contextlib.nullcontext()


class ArrayOps:
    """NumPy's arrays, and numbers among them."""

    is_of_arrays = True

    @staticmethod
    def spread(value: Any, shape: Shape) -> Any:
        return value if getattr(value, "shape", None) == shape else _numpy().broadcast_to(value, shape)

    @staticmethod
    def full(shape: Shape, number: float) -> Any:
        return _numpy().full(shape, number)

    @staticmethod
    def of(thing: Any) -> Any:
        return _numpy().asarray(thing, dtype=float)

    @staticmethod
    def local(local: Any, consumer: Value) -> Any:
        return local

    @staticmethod
    def ratio(off: Any, part: Any) -> float | None:
        along = float((part * part).sum())
        return float((off * part).sum()) / along if along and math.isfinite(along) else None

    @staticmethod
    def is_anything(value: Any) -> bool:
        return bool(_numpy().any(value))

    @staticmethod
    def is_finite(value: Any) -> bool:
        return bool(_numpy().isfinite(value).all())

    @staticmethod
    def is_all(value: Any, other: Any) -> bool:
        return bool(_numpy().all(_numpy().asarray(value) == _numpy().asarray(other)))

    @staticmethod
    def filled(value: Any, other: Any) -> Any:
        return _numpy().where(_numpy().isnan(value), other, value)

    @staticmethod
    def passed_back(passed: Any, use: Use) -> Any:
        return use.local.spread(_numpy().broadcast_to(passed, use.consumer.shape), 1.0)

    @staticmethod
    def fingerprint(value: Any) -> float:
        np = _numpy()
        return float((value * _waves(np.size(value)).reshape(np.shape(value))).sum())

    @staticmethod
    def total(value: Any) -> float:
        return float(value.sum())

    @staticmethod
    def distance(value: Any, other: Any) -> float:
        return float(_numpy().linalg.norm(value - other))

    @classmethod
    def summed(cls, local: Any, shape: Shape) -> list[int]:
        """Return the axes of a consumer of that shape along which more than one entry reaches one of the operand's."""
        if not hasattr(local, "reach"):
            return []
        found = []
        for axis, length in enumerate(shape):
            if length > 1:
                first, last = (local.reach(cls.row(cls.full(shape, 1.0), (axis,), row)) for row in (0, -1))
                found += [axis] if (first & last).any() else []
        return found

    @staticmethod
    def row(numbers: Any, axes: Container[int], row: int) -> Any:
        """Return the numbers in one row along some axes, zeros elsewhere."""
        found = _numpy().zeros(numbers.shape)
        at = tuple(row if axis in axes else slice(None) for axis in range(numbers.ndim))
        found[at] = numbers[at]
        return found

    @staticmethod
    def some_of(shape: Shape) -> Any:
        return _sampled(shape) if math.prod(shape) > MOST_SAMPLED else None

    @staticmethod
    def entries_of(upstream: Any, local: Any, shape: Shape, at: Any) -> Any:
        """Return sampled entries of what a local derivative passes back to an array of that shape."""
        if hasattr(local, "pull_back_entries"):
            return local.pull_back_entries(upstream, shape, at)
        return _numpy().broadcast_to(upstream * local, shape)[at]

    @staticmethod
    def decimals_of(written: Any) -> int | None:
        """Return three or more, where the largest has digits enough that this is no chance."""
        decimals = max(FEWEST + 1, _decimals(written))
        is_sure = decimals <= MOST_KEPT and abs(written).max(initial=0.0) >= FEWEST_UNITS * 10.0**-decimals
        return decimals if is_sure else None

    @staticmethod
    def accepts(
        tolerance: Tolerance, written: Any, value: Any, size: Any, precision: float, decimals: int | None
    ) -> bool:
        if entries.all_accepted(tolerance, written, value, size, precision):
            return True
        if not tolerance.typed or decimals is None:
            return False
        return bool((abs(written - value) <= 0.5 * 10.0**-decimals * CLOSE).all())

    @staticmethod
    def has_few_digits(written: Any) -> bool:
        """Return False: many entries say something together."""
        return False

    @staticmethod
    def may_be_of_two_decimals(written: Any) -> bool:
        units = abs(written) * 10.0**FEWEST
        if _numpy().count_nonzero(units > 0.5) < FEWEST_OF_TWO_DECIMALS or float(units.sum()) < MANY_UNITS - 0.5:
            return False
        return _decimals(written) <= FEWEST

    @staticmethod
    def is_of_two_decimals(written: Any, value: Any) -> bool:
        return bool((abs(written - value) <= 0.5 * 10.0**-FEWEST * CLOSE).all())

    @staticmethod
    def quietly() -> contextlib.AbstractContextManager[Any]:
        silence: contextlib.AbstractContextManager[Any] = _numpy().errstate(all="ignore")
        return silence


def _decimals(written: Any) -> int:
    """Return how many decimals an array shows; of one that shows more than people keep, what some entries do."""
    few = written[_sampled(written.shape)] if written.size > MOST_SAMPLED else written
    found = int(entries.decimals_of(few).max(initial=0))
    return found if few is written or found > MOST_KEPT else int(entries.decimals_of(written).max())


@lru_cache(maxsize=8)
def _sampled(shape: Shape) -> Any:
    """Return the indices of some entries of an array of that shape, spread over all of it."""
    np = _numpy()
    return np.unravel_index(np.linspace(0, math.prod(shape) - 1, MOST_SAMPLED).astype(int), shape)


@lru_cache(maxsize=2)
def _waves(size: int) -> Any:
    np = _numpy()
    return np.cos(np.arange(size, dtype=float))


Arithmetic = type[ScalarOps] | type[ArrayOps]


def arithmetic_for(nodes: Any) -> Arithmetic:
    """Return the arithmetic for some nodes: floats where each holds one number."""
    return ScalarOps if all(not node.shape or math.prod(node.shape) == 1 for node in nodes) else ArrayOps


def _numpy() -> Any:
    return sys.modules["numpy"]


def _only_entry(thing: Any) -> Any:
    return thing if not getattr(thing, "shape", ()) else _numpy().ravel(thing)[0]
