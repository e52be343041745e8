"""What a number may stand for: half a unit of its last digit to either side if a person wrote it, and float error.

The float error of a gradient is that of what is added up in it, carried through the whole graph.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import floor, inf, isfinite, log10, sqrt
from random import Random
from typing import Any, NamedTuple

from ..graph import walking
from ..loading import np
from ..local import local_derivatives
from ..ops import ADD, MULTIPLY
from ..value import Value

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
_scales: dict[int, float] = {}
"""What the last roundings times it are whole, by their powers of ten: people keep as many digits all along."""


def is_rounding(written: float, exact: float, noise: float = 0.0) -> bool:
    """Return whether a person may have typed `written` for `exact`, which may itself be off by `noise`.

    True where `written` is `exact` rounded to three or more significant digits, or to three or
    more decimals where `exact` is at least 0.01 in size. A tie rounds either way; 0.0 stands for
    nothing but itself.
    """
    size, off = abs(exact), abs(written - exact) - noise
    if not written or not size or not off <= FARTHEST * size < inf:
        return written == exact
    first = floor(log10(size))
    scale = _scales.get(first, 1000.0)
    # As the last number of this size it is rounded to a unit of 1 / scale, and that is enough.
    if (
        off * scale <= 0.5 * CLOSE
        and (size * scale >= 100.0 or (scale >= 1000.0 and size >= 0.01))
        and floor(written * scale + 0.5) / scale == written
    ):
        return True
    shown = decimals_of(written)
    if off > _half_a_unit(shown, size) * CLOSE:
        return False
    _scales[first] = _TENS[min(max(2 - first, shown, 0), len(_TENS) - 1)]
    return True


def half_a_digit(written: float, exact: float) -> float:
    """Return how far `written` may be from `exact` as a rounding of it; neither is 0."""
    return _half_a_unit(decimals_of(written), abs(exact))


def _half_a_unit(shown: int, size: float) -> float:
    """Return half a unit of so many decimals, or of the fewest that a number has as a rounding."""
    first = floor(log10(size))
    fewest = min(2 - first, ENOUGH) if size >= 0.01 else 2 - first
    return 0.5 * 10.0 ** -(shown if shown > fewest else fewest)


@lru_cache(maxsize=4096)  # most numbers of a graph are passed on as they are
def half_digit_typed(number: float, kept: int = 0, is_rough: bool = False) -> float:
    """Return half the last digit of a typed number, 0.0 for one of more digits than people type.

    Whoever wrote it may be known to round to `kept` decimals, or to too few.
    """
    size, shown = abs(number), decimals_of(number)
    half = _half_a_unit(shown, size) if size else 0.0
    if is_rough:
        half = max(half, 0.5 / _TENS[max(FEWEST, shown)])
    elif shown <= kept > 1:
        half = max(half, 0.5 / _TENS[kept])
    return half if half >= TYPED * size else 0.0


def decimals_of(number: float) -> int:
    """Return how many decimals a number shows: 3 for 0.125, -2 for 1200.0."""
    text = repr(number)
    if "e" not in text and text[-2:] != ".0":
        return len(text) - text.find(".") - 1
    digits, _, exponent = text.partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    shown = len(fraction) if fraction else len(whole.rstrip("0")) - len(whole)
    return shown - int(exponent or 0)


def is_too_short(written: float, exact: float, kept: int = 0) -> bool:
    """Return whether `written` is `exact` rounded to two or more decimals that are too few to be sure.

    Of somebody who is known to round to `kept` decimals 1.0 and 0.0 are such roundings, too; else only what shows two
    decimals is one, or one decimal where nothing shows more than two, a `kept` of 1: as a slip gives a plain number
    near the right one by chance.
    """
    off = abs(written - exact)
    if not off <= 0.5 / _TENS[FEWEST] * CLOSE:
        return False
    shown = decimals_of(written)
    fewest = 1 if kept == 1 else FEWEST
    is_shown = fewest <= shown <= MOST and off <= 0.5 / _TENS[shown] * CLOSE
    return is_shown or (shown <= kept > 1 and off <= 0.5 / _TENS[kept] * CLOSE)


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

    def allowance(self, reference: Any, size: Any, noise: Any = 0.0, precision: float = 0.0) -> Any:
        """Return how far a number of some precision (`precision_of`) may be from `reference`.

        That is the sum of contributions of the summed sizes `size`, and may itself be off by `noise`.
        """
        rtol, atol, _ = self
        share, floor = (precision if precision > rtol else rtol), (precision if precision > NOISE else NOISE)
        return share * abs(reference) + atol + floor * size + noise

    def accepts(self, number: float, reference: float, size: float, noise: float = 0.0, precision: float = 0.0) -> bool:
        """Return whether `number` may stand for `reference`; see `allowance`."""
        if not isfinite(reference):  # any number at all would be near enough
            return False
        is_near = abs(number - reference) <= self.allowance(reference, size, noise, precision)
        return is_near or (self.typed and is_rounding(number, reference, max(NOISE, precision) * size))


def precision_of(grad: Any) -> float:
    """Return how coarse a number or an array is as it was filled in: some roundings of its type, 0.0 for a double."""
    dtype = getattr(grad, "dtype", None)
    if getattr(dtype, "kind", "") != "f" or dtype.itemsize >= 8:  # type: ignore[union-attr]
        return 0.0
    return ROUNDINGS * 2.0**-23 if dtype.itemsize == 4 else HALF_ROUNDINGS * 2.0**-10  # type: ignore[union-attr]


class UserGradient(NamedTuple):
    """What a learner wrote at a node."""

    # the number; for an array an array of its shape, nan where an entry holds no finite number. None where nothing
    # can be read as one, or nothing is filled in
    number: Any
    grad: Any  # what stood in its grad; None for not filled in
    precision: float  # how coarse its type is, see `precision_of`


class Reference(dict[Value, Any]):
    """Gradients by their nodes, as `compare(reference=...)` takes them: floats, arrays for nodes that hold arrays.

    Attributes:
        noise: how far each may itself be off, as a number or in the same shapes; nothing where it is exact. `compare`
            allows for it.
        is_own: whether they are autodiff's, of every node of a graph that has not changed since: then `compare` takes
            them as they are, and computes nothing again.
    """

    def __init__(
        self, gradients: Mapping[Value, Any], noise: Mapping[Value, Any] | None = None, *, is_own: bool = False
    ) -> None:
        super().__init__(gradients)
        self.noise, self.is_own = dict(noise or {}), is_own


CARRIED = 0.01
"""What a gradient is off by itself, as a share of `NOISE`, for all that follows from it: some 45 roundings."""
CANCELLED = 2.0 * 2.0**-52 / NOISE
"""A local derivative that is a difference is off by some two roundings of its terms: in the unit of `NOISE`."""

_random = Random(0)
_DRAWN = [_random.gauss(0.0, 1.0) for _ in range(251)]


class Edges:
    """The uses that nodes make of their operands, by places in the backward order, found as they are asked for.

    Each is the operand's place and the local derivative by it: both in one row for a number computed from one or two,
    where an operand that it has not is behind all places. Others have besides what sizes are multiplied by, see
    `local_sizes`. Some local derivatives are `chosen` to be others than their operation's rule says.

    Attributes:
        rows: of all nodes, None where it is not found yet.
        wide: the uses that nodes with other operands make.
    """

    def __init__(self, order: Sequence[Value], chosen: Mapping[Value, Sequence[Any]]) -> None:
        self.order, self._chosen = order, chosen
        self.rows: list[Any] = [None] * len(order)
        self.wide: dict[int, list[tuple[int, Any, Any]]] = {}

    def __getitem__(self, place: int) -> tuple[int, float, int, float]:
        if self.rows[place] is None:
            self.find(range(len(self.order)))
        row: tuple[int, float, int, float] = self.rows[place]
        return row

    def find(self, places: Sequence[int]) -> None:
        """Find the uses of many nodes at once, whose places are given in order."""
        order, rows, nowhere = self.order, self.rows, len(self.order)
        places = [place for place in places if rows[place] is None] if any(rows) else places
        first: Any
        second: Any
        with walking:
            # A dict of all places would take as long as a sweep. Operands come after their consumers.
            start = places[0] if places else nowhere
            for place, node in enumerate(order[start:], start):
                node._scratch = place
            for place in places:
                node = order[place]
                op, first, second = node.op, node._first, node._second
                if op is ADD:  # as in a sweep, nearly all there is, written out
                    rows[place] = first._scratch, 1.0, second._scratch, 1.0
                elif op is MULTIPLY:
                    rows[place] = first._scratch, second._data, second._scratch, first._data
                else:
                    rows[place] = nowhere, 0.0, nowhere, 0.0
                    locals_ = () if op is None else self._chosen.get(node) or local_derivatives(node)
                    operands = [operand._scratch for operand in node.operands]
                    uses = [*zip(operands, locals_, local_sizes(node, locals_))]
                    if op is not None and len(uses) < 3 and op.cancelling is None and {*map(type, locals_)} == {float}:
                        rows[place] = *uses[0][:2], *(uses[1][:2] if second is not None else (nowhere, 0.0))
                    elif uses:
                        self.wide[place] = uses


class FloatErrors(Mapping[int, Any]):
    """The float error of each true gradient by places, in units of `NOISE`: the summed sizes of its contributions.

    What its consumers' own gradients are off by is carried along, as errors are that do not all go to one side: added
    up as sizes it would be multiplied by a matrix of absolute values at each step of a recurrence, and be larger than
    any mistake after some forty. Once mixed they are independent no more: an average of n of them that is averaged
    again stays as far off as it was. So a sample of them goes the way of the gradients besides, and the larger counts.
    At other places than those asked for it takes a second sweep, through the whole graph.
    """

    def __init__(self, edges: Edges, expected: Sequence[Any], asked: Iterable[int]) -> None:
        self._edges, self._expected = edges, expected
        self._asked: Any = asked
        self._passing: Sequence[int] = ()

    def _begin(self, place: int) -> None:
        """Start anew, for what is asked for; for all where a node at another place is."""
        length, asked = len(self), frozenset(self._asked)
        self._asked = asked if place in asked else range(length)
        self._passing = upstream_places(self._edges.order, self._asked, is_through=True)
        self._met = frozenset(self._passing)
        self._edges.find(self._passing)
        self._next, self._random = 0, np.random.default_rng(0)
        # By places: the summed sizes, what differences are off by besides, what is carried squared, a sample of that.
        self._sizes, self._doubts, self._squares, self._samples = ([0.0] * (length + 1) for _ in range(4))
        self._sizes[0], self._doubts[0] = 1.0, -CARRIED

    def __getitem__(self, place: int) -> Any:
        if not 0 <= place < len(self):
            raise KeyError(place)
        if not self._passing or place not in self._asked:  # of most graphs nobody asks
            self._begin(place)
        end = bisect_left(self._passing, place)
        if self._next < end:
            self._pass_on(self._passing[self._next : end])
            self._next = end
        size, square, sample = self._sizes[place], self._squares[place], abs(self._samples[place])
        if square.__class__ is float and sample.__class__ is float:
            return size + max(sqrt(square) if square < inf else 0.0, sample)
        return size + np.fmax(np.sqrt(np.where(np.isfinite(square), square, 0.0)), sample)

    def _pass_on(self, places: Iterable[int]) -> None:
        """Pass sizes and errors on from nodes to their operands, as a backward pass does with gradients."""
        order, expected, edges = self._edges.order, self._expected, self._edges
        rows = edges.rows
        sizes, doubts, squares, samples = self._sizes, self._doubts, self._squares, self._samples
        nowhere = len(order)
        for place in places:
            first, by_first, second, by_second = rows[place]
            uses = edges.wide.get(place, ()) if first == nowhere else ()
            if first == nowhere and not uses:
                continue
            size, sample, shape = abs(expected[place]), samples[place], order[place].shape if uses else ()
            own = CARRIED * sizes[place] + doubts[place]
            square = squares[place] + own * own
            if shape:
                square = square if np.shape(square) == shape else np.full(shape, square)
                sample = sample + own * self._random.standard_normal(shape)
                carried = np.where(np.isfinite(square), square, 0.0)
            else:
                sample = sample + own * _DRAWN[place % len(_DRAWN)]
                if not (size or square or sample):
                    continue
                carried = square if square < inf else 0.0
            if first != nowhere:
                squares[first] += square * (by_first * by_first)
                squares[second] += square * (by_second * by_second)
                sizes[first] += size * abs(by_first)
                sizes[second] += size * abs(by_second)
                samples[first] += sample * by_first
                samples[second] += sample * by_second
                continue
            is_plain = getattr(order[place].op, "cancelling", None) is None
            for operand, local, amount in uses:
                if operand not in self._met:
                    continue
                if local.__class__ is float:
                    squares[operand] = squares[operand] + square * (amount * amount)
                else:
                    squares[operand] = squares[operand] + amount.sum_squares(carried)
                direct = size * amount
                sizes[operand], samples[operand] = sizes[operand] + direct, samples[operand] + sample * local
                if not is_plain:  # the roundings of a local derivative go on as they are
                    doubts[operand] = doubts[operand] + (1.0 - CARRIED) * (direct - size * abs(local))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return len(self._expected)


def upstream_places(order: Sequence[Value], asked: Collection[int], *, is_through: bool = False) -> Sequence[int]:
    """Return the places of some nodes and of their consumers, `is_through` of all these come through, in order.

    Of much of a large graph it is all up to the last.
    """
    end = max(asked, default=-1) + 1
    if 3 * len(asked) > len(order) > 1000:
        return range(end)
    found, reached = set(asked), {order[place] for place in asked}
    for place, node in zip(range(end)[::-1], order[:end][::-1]):
        if node._first in reached or node._second in reached or (node._rest and not reached.isdisjoint(node._rest)):
            found.add(place)
            if is_through:
                reached.add(node)
    return sorted(found)


def local_sizes(node: Value, locals_: Sequence[Any]) -> list[Any]:
    """Return what an upstream gradient's size is multiplied by for each operand: |local derivative|, and more.

    Another exact formula for a local derivative differs from ours by its roundings: 1/cosh(x)^2 from 1 - y*y by 0.1% of
    it at x = 15. They go where sizes go, so that what follows may be off by them too.
    """
    if node.op is None or node.op.cancelling is None:
        return [abs(local) for local in locals_]
    terms = node.op.cancelling(*[operand._data for operand in node.operands], node._data)
    return [
        abs(local) + CANCELLED * size if isinstance(local, float) else local.absolute(CANCELLED * size)
        for local, size in zip(locals_, terms)
    ]


def reach_of(taints: Any, local: Any) -> Any:
    """Return whether a mistake reaches an operand, or which of its entries it reaches."""
    if isinstance(local, float):
        return taints
    reach = local.reach(taints)
    return reach if reach.shape else bool(reach)
