"""A candidate: what a gradient comes out as by one edit of the backward pass, and whether that is what was written.

All of it is of floats or of arrays of them: a graph of numbers is searched without NumPy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Set
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..loading import np
from ..verdict import entries, rounding
from .messages import unmark

if TYPE_CHECKING:
    from .neighborhood import Key, Neighborhood, Use

Shape = tuple[int, ...]
Sentence = str | Callable[[], str]
"""What is told, or what makes it: of most edits no word is ever needed."""

MOST_SAMPLED = 64
"""So many entries of an array are compared with a candidate before all of them are."""
UNEXPLAINED = 0.25
"""How much of what an array is off by an explanation may leave over, as a share."""
LEAST_OF_TWO_DECIMALS = 0.1
"""A number below has one digit when it has two decimals."""
FEWEST_OF_TWO_DECIMALS, MANY_UNITS = 4, 60
"""Of arrays, so many entries and so many hundredths together say something."""
CHANCE, TIMES_EXACT, EXACTLY = 0.03, 45.0, 1e-6
"""How likely a candidate may be as near by chance; how much more if it is the number to the last digit."""
FEWEST_UNITS = 50
"""The largest entry of such an array is at least so many units of its last digit."""

_INDEX = re.compile(r"\[\d+\]")
_SEVERAL = re.compile(r"_(?:, _)*,? and (?:_|others)")


def text_of(say: Sentence) -> str:
    """Return a sentence, made where it is not yet."""
    return say if isinstance(say, str) else say()


class Candidate(NamedTuple):
    """What a gradient comes out as by one mistake."""

    kind: str  # the kind of slip
    numbers: Any  # what the node gets
    say: Sentence  # the end of the sentence to the learner
    edges: tuple[Key, ...] = ()  # the uses that are left out, where these are known
    subsumes: str = ""  # the kind that it only says in other words, "" for none: a rule of 1 for -1 is a lost sign

    @property
    def clause(self) -> str:
        """The end of the sentence."""
        return unmark(text_of(self.say))

    @property
    def pattern(self) -> str:
        """Its sentence as of any nodes."""
        return _SEVERAL.sub("_", unmark(text_of(self.say), "_"))

    @property
    def key(self) -> str:
        """What the same mistake is at every node, in all that it gets or in a part."""
        return f"{self.kind} {_INDEX.sub('', self.pattern.removeprefix('in what comes from _, '))}"


class Edit(NamedTuple):
    """Another local derivative at one use."""

    kind: str  # see `Candidate`
    use: Use  # where
    local: Any  # what stands there, a float or an `arrays.Edge`
    say: Sentence
    alike: Hashable = None  # what tells the uses at which it would be the same mistake; None for this one alone
    say_of_all: Sentence = ""  # the sentence where it is made at all of these
    subsumes: str = ""


class Pullback:
    """In the place of a local derivative: what is passed back by whatever function of the upstream gradient."""

    # NumPy leaves `upstream * passing` to it.
    __array_ufunc__ = None

    def __init__(self, back: Callable[[Any], Any]) -> None:
        self._back = back

    def __rmul__(self, upstream: Any) -> Any:
        return self._back(upstream)


def pass_instead(kind: str, use: Use, numbers: Any, say: Sentence) -> Edit:
    """Return the edit by which one use passes these numbers back, whatever arrives."""
    return Edit(kind, use, Pullback(lambda _: numbers), say)


def at_one_or_all(region: Neighborhood, edits: Iterable[Edit]) -> Iterator[Candidate]:
    """Yield what each edit gives alone, then what those that are alike give together."""
    alike: dict[Hashable, list[Edit]] = {}
    for edit in edits:
        numbers = region.replace_contribution(edit.use, edit.use.upstream * edit.local)
        yield Candidate(edit.kind, numbers, edit.say, (), edit.subsumes)
        if edit.alike is not None:
            alike.setdefault((edit.kind, edit.alike), []).append(edit)
    for found in alike.values():
        if len(found) > 1:
            numbers = region.recompute(locals_={edit.use.key: edit.local for edit in found})
            subsumes = found[0].subsumes if len({edit.subsumes for edit in found}) == 1 else ""
            yield Candidate(found[0].kind, numbers, found[0].say_of_all, (), subsumes)


class Match:
    """Compares candidates with what was written, by what its digits say."""

    def __init__(self, region: Neighborhood, actual: Any) -> None:
        self._region, self._precision = region, rounding.precision_of(actual)

    def explains(self, numbers: Any, *, roughly: bool) -> bool:
        """See `Neighborhood.explains`."""
        region, roughly = self._region, roughly or self.is_rough
        numbers = region.spread(numbers, region.shape)
        if (roughly and not self.may_be_rough) or not self._is_near(numbers, roughly):
            return False
        return _distance(region.user_grad, numbers) <= UNEXPLAINED * _distance(region.user_grad, region.recomputed)

    def _is_near(self, numbers: Any, roughly: bool) -> bool:
        """Tell whether what was written stands for a candidate's numbers, `roughly` if rounded to two decimals."""
        region, tolerance = self._region, self._region.comparison.tolerance
        written, magnitude = region.user_grad, region.magnitude
        if region.is_scalar:
            if roughly:
                is_short = rounding.is_too_short(written, numbers, rounding.FEWEST)
                return is_short and abs(written) >= LEAST_OF_TWO_DECIMALS
            return tolerance.accepts(written, numbers, 0.0, 0.0, self._precision)  # noise is in no mistake's number
        # Most are another number altogether, and a first look shows it.
        if self.is_far(numbers[self.sampled], self.sampled) or self.is_far(numbers, ...):
            return False
        if not roughly and entries.are_accepted(tolerance, written, numbers, magnitude, 0.0, self._precision).all():
            return True
        decimals = rounding.FEWEST if roughly else self._decimals if tolerance.typed else None
        return decimals is not None and bool((abs(written - numbers) <= 0.5 * 10.0**-decimals * rounding.CLOSE).all())

    def is_far(self, numbers: Any, at: Any) -> bool:
        """Tell whether, of the entries at an index, one of a candidate's is another number altogether."""
        region, noise = self._region, 10.0**-rounding.FEWEST
        most = region.comparison.tolerance.allowance(numbers, region.magnitude[at], noise, rounding.FARTHEST)
        return not (abs(region.user_grad[at] - numbers) <= most).all()

    @cached_property
    def sampled(self) -> Any:
        """An index of some entries, spread over the whole array; of all of a small one."""
        shape, size = self._region.shape, math.prod(self._region.shape)
        if size <= MOST_SAMPLED:
            return ...
        return np.unravel_index(np.linspace(0, size - 1, MOST_SAMPLED).astype(int), shape)

    @cached_property
    def may_be_rough(self) -> bool:
        """Whether there are values that what was written is, rounded to two decimals."""
        if self._region.is_scalar:
            return True
        units = abs(self._region.user_grad) * 10.0**rounding.FEWEST
        are_many = np.count_nonzero(units > 0.5) >= FEWEST_OF_TWO_DECIMALS and units.sum() >= MANY_UNITS - 0.5
        return bool(are_many) and self._most_decimals <= rounding.FEWEST

    @cached_property
    def is_rough(self) -> bool:
        """Whether a number was written to two decimals as others were, and much is near its few digits by chance."""
        written = self._region.user_grad  # a 0 is no rounding, -0.0 is one
        if not self._region.is_scalar or repr(written) == "0.0":
            return False
        if abs(written) >= 10.0 or rounding.decimals_of(written) > rounding.FEWEST:  # much is near few digits by chance
            return False
        are_alike = bool(written) and self._decimals_near <= rounding.FEWEST
        return are_alike or bool(self._region.comparison.rounded_nodes)

    def is_chance(self, number: float, near: Set[float], most: float) -> bool:
        """Tell whether one of the numbers `near` what was written fits by chance; `most` of few digits among many."""
        if not near:
            return False
        written = abs(self._region.user_grad)
        half = rounding.half_digit_typed(written, is_rough=self.is_rough or self._decimals_near <= rounding.FEWEST)
        is_lone = float(f"{written:.4g}") == written and self._decimals_near > rounding.MOST  # four digits are few
        most *= TIMES_EXACT if abs(number - self._region.user_grad) <= EXACTLY * written else 1.0
        return len(near) * half > (most if is_lone else CHANCE) * 1.5 * written

    @cached_property
    def _decimals_near(self) -> int:
        """How many decimals the numbers near show, at most."""
        written = map(self._region.comparison.user_grad, self._region.known_nodes)
        return max((rounding.decimals_of(as_float(grad)) for grad in written if grad is not None), default=0)

    @cached_property
    def _decimals(self) -> int | None:
        """The decimals, three or more, to which an array was rounded; None where the largest has too few digits."""
        decimals, largest = max(rounding.FEWEST + 1, self._most_decimals), abs(self._region.user_grad).max(initial=0.0)
        return decimals if decimals <= rounding.MOST_KEPT and largest >= FEWEST_UNITS * 10.0**-decimals else None

    @cached_property
    def _most_decimals(self) -> int:
        """How many decimals an array shows; of one that shows more than people keep, what some entries do."""
        written, count = self._region.user_grad, entries.decimals_of
        some = int(count(written[self.sampled]).max(initial=0))
        return some if some > rounding.MOST_KEPT else int(count(written).max(initial=0))


def as_float(thing: Any) -> float:
    """Return a number, or an array of one entry, as a float."""
    return float(np.ravel(thing)[0] if getattr(thing, "shape", ()) else thing)


def _is_number(value: Any) -> bool:
    return isinstance(value, (float, int))


def ratio(off: Any, part: Any) -> float | None:
    """Return how many times a part it is off; None where that is underdetermined."""
    if _is_number(part):
        return off / part if part else None
    along = float(np.vdot(part, part))
    return float((off * part).sum()) / along if along and math.isfinite(along) else None


def compute(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function gives; nan for a number that has no value there, as in an array."""
    try:
        return function(*arguments)
    except (ArithmeticError, ValueError, IndexError):  # as of an entry that is picked of a plain number
        return math.nan


def is_finite(value: Any) -> bool:
    """Tell whether every entry is finite."""
    return math.isfinite(value) if _is_number(value) else bool(np.isfinite(value).all())


def equal(value: Any, other: Any) -> bool:
    """Tell whether every entry of one is the other's."""
    is_same = value == other
    return is_same if isinstance(is_same, bool) else bool(is_same.all())


def fingerprint(value: Any) -> float:
    """Return a number that two values share only where they are one, up to float error."""
    return value if _is_number(value) else float((value * _waves(value.size).reshape(value.shape)).sum())


@lru_cache(maxsize=2)
def _waves(size: int) -> Any:
    return np.cos(np.arange(size, dtype=float))


def _distance(value: Any, other: Any) -> float:
    off = value - other
    return abs(off) if _is_number(off) else float(np.linalg.norm(off))


def keep_row(numbers: Any, axes: Container[int], row: int) -> Any:
    """Return the numbers of an array in one row along some axes, zeros elsewhere."""
    found = np.zeros(numbers.shape)
    at = tuple(row if axis in axes else slice(None) for axis in range(numbers.ndim))
    found[at] = numbers[at]
    return found


def summed_axes(local: Any, shape: Shape) -> list[int]:
    """Return the axes of a consumer of that shape along which more than one entry reaches one of the operand's."""
    found = []
    for axis, length in enumerate(shape if hasattr(local, "reach") else ()):
        if length > 1:
            ones = np.ones(shape)
            first, last = (local.reach(keep_row(ones, (axis,), row)) for row in (0, -1))
            found += [axis] if (first & last).any() else []
    return found
