"""The mistakes at the logits of a cross-entropy, p for p - y and the like: of numbers and arrays, in steps or in one.

The gradient there is (p - y) times one number, for the softmax p and the one-hot row y of the target; known by its
numbers, however the loss is written.

Source:
    Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.3, for the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..number import finite_or_none, is_of_two_decimals
from ..verdict.status import Status
from . import sentences
from .amounts import Arrays
from .edits import Guess
from .region import Region
from .rules import of_the_table
from .softmax_rows import LARGEST_BATCH, MOST_CLASSES, row_of, rows_of

if TYPE_CHECKING:
    from ..value import Value

MOST_COMPARED = 30
"""Of a longer row the other logits are not looked at for the same mistake."""
EXACTLY = 1e-7


class Logits(NamedTuple):
    """What a gradient at the logits is made of, as numbers or as arrays.

    Attributes:
        z: the logits.
        p: their softmax.
        y: 1 for the target, else 0.
        scale: what p - y is multiplied by, 1/n for a mean over n rows.
        rows: how many rows the loss is a mean of; 1 where it is none.
        logs: the logarithms of p.
        exps: exp(z), and the same with the largest logit subtracted.
        classes: how many logits a row has.
        across: the softmax along the other axis; None where there is none.
        everywhere: the softmax over all rows at once; None where there is one row.
        columns: 1 in every row for a class that is the target of any; None where there is one row.
        chosen: the one-hot row of another class that is in what was written; None for none.
    """

    z: Any
    p: Any
    y: Any
    scale: float
    rows: int
    logs: Any
    exps: tuple[Any, Any]
    classes: int
    across: Any = None
    everywhere: Any = None
    columns: Any = None
    chosen: Any = None


def _rows_of(scale: float) -> int:
    """How many rows a loss is a mean of; 1 where it is none."""
    rows = 1.0 / scale
    return round(rows) if abs(rows - round(rows)) < 1e-6 * rows and rows < LARGEST_BATCH else 1


class Slipped(NamedTuple):
    """One way in which people get that gradient wrong.

    Attributes:
        kind: the kind of slip.
        wrong: what they get; None where it cannot be made.
        clause: what to say, with {n} and {v} for the counts of rows and classes; it must not give the right rule away.
    """

    kind: str
    wrong: Callable[[Logits], Any]
    clause: str


ALONE = "that is the softmax alone: where does the target come in?"
ANOTHER = "1 is subtracted for another class than the target: which one is the target here?"
ADDED = "the target is added: which way does the loss move when its logit grows?"
NO_MEAN = "the mean over {n} rows is left out: what is each row's share of the loss?"
MEAN_TWICE = "divided by {n}, the number of rows, once too often: where is the mean taken?"
WITHOUT_MEAN = "the mean over {n} rows is left out"
ONE_LESS = "is the loss a mean over n rows, or over n - 1?"
BY_CLASSES = "divided by {v}, the number of classes, too: over how many numbers is the mean taken?"
NOT_DIVIDED = "the 1 of the target is not divided by {n} like the rest: where do the brackets go?"
P_NOT_DIVIDED = "the softmax is not divided by {n} like the 1 of the target: where do the brackets go?"
EVERY_ENTRY = "1 is subtracted at every logit: for which of them does the one-hot y hold a 1?"
WHOLE_COLUMNS = (
    "1 is subtracted in whole columns: which one entry of each row is its target's? d[:, y] takes every row's."
)
ACROSS = "the softmax is taken along another axis than the one along which the shares add up to 1."
EVERYWHERE = "the softmax is taken over all rows at once: which numbers add up to 1?"
P_TWICE = "p is multiplied in once more: is the slope of the softmax not in p - y already?"
NO_SOFTMAX = "the logits themselves stand where their softmax belongs."
LOGARITHMS = "the logarithms of the shares stand where the shares belong."
NOT_SHARES = "those are exps that nothing is divided by: what makes shares of them that add up to 1?"
ITS_OWN = "only what the target's own logit does is there: each of the others moves the sum of the row of exps, too."
BY_THE_SHARE = "that is the slope by the share p of the target: what lies between that and the logits?"
OF_ONE_SHARE = "p*(1 - p) is how one share moves with its own logit; the loss is another function of it: which?"

# fmt: off
SLIPS: tuple[Slipped, ...] = (
    Slipped("missing-path", lambda t: t.scale * t.p, ALONE),
    Slipped("one-hot", lambda t: None if t.chosen is None else t.scale * (t.p - t.chosen), ANOTHER),
    Slipped("one-hot", lambda t: t.scale * (t.p + t.y), ADDED),
    Slipped("factor", lambda t: None if t.rows == 1 else t.p - t.y, NO_MEAN),
    Slipped("factor", lambda t: None if t.rows < 3 else (t.p - t.y) / (t.rows - 1), ONE_LESS),
    Slipped("factor", lambda t: t.scale * (t.p - t.y) / t.classes, BY_CLASSES),
    Slipped("factor", lambda t: None if t.rows == 1 else t.scale * (t.p - t.y) / t.rows, MEAN_TWICE),
    Slipped("one-hot", lambda t: None if t.rows == 1 else t.scale * t.p - t.y, NOT_DIVIDED),
    Slipped("one-hot", lambda t: None if t.rows == 1 else t.p - t.scale * t.y, P_NOT_DIVIDED),
    Slipped("one-hot", lambda t: t.scale * (t.p - 1.0), EVERY_ENTRY),
    Slipped("one-hot", lambda t: t.p - 1.0, EVERY_ENTRY),
    Slipped("one-hot", lambda t: None if t.columns is None else t.scale * (t.p - t.columns), WHOLE_COLUMNS),
    Slipped("one-hot", lambda t: None if t.columns is None else t.p - t.columns, WHOLE_COLUMNS),
    Slipped("missing-path", lambda t: -t.scale * t.y, ITS_OWN),
    Slipped("missing-path", lambda t: t.scale * (t.p - t.y) * t.y, ITS_OWN),
    Slipped("wrong-axis", lambda t: None if t.across is None else t.scale * (t.across - t.y), ACROSS),
    Slipped("wrong-axis", lambda t: None if t.across is None else t.scale * t.across, ACROSS),
    Slipped("wrong-axis", lambda t: None if t.everywhere is None else t.scale * (t.everywhere - t.y), EVERYWHERE),
    Slipped("wrong-axis", lambda t: None if t.everywhere is None else t.scale * t.everywhere, EVERYWHERE),
    Slipped("forgot-local", lambda t: t.scale * (t.exps[0] - t.y), NOT_SHARES),
    Slipped("forgot-local", lambda t: t.scale * (t.exps[1] - t.y), NOT_SHARES),
    Slipped("forgot-local", lambda t: t.scale * t.exps[0], NOT_SHARES),
    Slipped("forgot-local", lambda t: t.scale * t.exps[1], NOT_SHARES),
    Slipped("forgot-local", lambda t: -t.scale * t.y / t.p, BY_THE_SHARE),
    Slipped("forgot-local", lambda t: -1.0 * t.y / t.p, BY_THE_SHARE),
    Slipped("rule", lambda t: t.scale * t.p * (1.0 - t.p), OF_ONE_SHARE),
    Slipped("rule", lambda t: t.p * (1.0 - t.p), OF_ONE_SHARE),
    Slipped("rule", lambda t: t.scale * t.p * (t.p - t.y), P_TWICE),
    Slipped("rule", lambda t: t.scale * (t.p - t.y) * t.p * (1.0 - t.p), P_TWICE),
    Slipped("rule", lambda t: t.scale * (t.z - t.y), NO_SOFTMAX),
    Slipped("rule", lambda t: t.scale * (t.logs - t.y), LOGARITHMS),
)
# fmt: on


def of_the_logits(region: Region) -> Iterator[Guess]:
    """Each usual mistake, where the gradient is that of a cross-entropy by its logits."""
    found = region.once(_found)
    if found is None:
        return
    listed = _by_its_own_table(region)
    for slip, numbers in _told_of(region, found):
        if not any(region.is_same(numbers, other) for other in listed):
            yield Guess(slip.kind, numbers, slip.clause.format(n=found.rows, v=found.classes))


def without_the_mean(region: Region) -> Iterator[Guess]:
    """The same with the mean over the rows left out besides."""
    found = region.once(_found)
    if found is None or found.rows == 1:
        return
    for slip, numbers in _told_of(region, found._replace(scale=found.scale * found.rows)):
        if slip.kind != "factor":
            both = sentences.two_things(WITHOUT_MEAN, slip.clause).format(n=found.rows, v=found.classes)
            yield Guess(slip.kind, numbers, both)


def _told_of(region: Region, found: Logits) -> Iterator[tuple[Slipped, Any]]:
    """The mistakes that can be made there; of a number those first that were made at more of its row."""
    told = [(slip, numbers) for slip in SLIPS if _is_told(region, slip, numbers := slip.wrong(found))]
    beside = [] if region.amounts.is_of_arrays else region.once(_beside)
    if beside:
        told.sort(key=lambda one: -_count(region, one[0], found, beside))
    return iter(told)


def _is_told(region: Region, slip: Slipped, numbers: Any) -> bool:
    if numbers is None or not region.amounts.is_finite(numbers):
        return False
    # A 0 is what comes of much that is done with y, and 1 is the exp of the largest logit, less that one.
    return region.amounts.is_of_arrays or slip.clause is ITS_OWN or region.written not in (0.0, 1.0)


def _count(region: Region, slip: Slipped, found: Logits, beside: Sequence[tuple[Logits, float]]) -> int:
    """At how many of some other logits the mistake gives what is written there."""
    pairs = [(slip.wrong(other._replace(scale=found.scale)), written) for other, written in beside]
    return sum(number is not None and _is_near(region, written, number) for number, written in pairs)


def _is_near(region: Region, written: float, number: float) -> bool:
    return region.comparison.tolerance.accepts(written, number, 0.0) or is_of_two_decimals(written, number)


def _found(region: Region) -> Logits | None:
    return _of_an_array(region) if region.amounts.is_of_arrays else _of_a_number(region)


def _by_its_own_table(region: Region) -> list[Any]:
    """What the mistakes give that an operation brings itself, as the fused one does."""
    uses = [use for use in region.direct if use.consumer.op is not None and use.consumer.op.slips]
    return [region.instead(use, use.upstream * edit.local) for use in uses for edit in of_the_table(region, use)]


class _Row(NamedTuple):
    """A row of logits that is written as so many numbers.

    Attributes:
        nodes: the logits.
        exps: exp(z) of each, with the largest logit subtracted.
        total: the sum of these.
        target: the place of the target.
        scale: what p - y is multiplied by.
    """

    nodes: Sequence[Value]
    exps: Sequence[float]
    total: float
    target: int
    scale: float


def _the_row(region: Region) -> _Row | None:
    """The row that the number is a logit of, where the right gradients of all of them are (p - y) times one number."""
    nodes = row_of(region)
    if nodes is None or not 1 < len(nodes) <= MOST_CLASSES:
        return None
    logits = [region.amounts.of(node.data) for node in nodes]
    largest = max(logits)
    exps = [math.exp(z - largest) for z in logits]
    total = sum(exps)
    slopes = [region.amounts.of(region.comparison[node].expected) for node in nodes]
    targets = [place for place, slope in enumerate(slopes) if slope < 0.0]
    if len(targets) != 1:
        return None
    target = targets[0]
    missed = exps[target] / total - 1.0
    if not missed:
        return None
    scale = slopes[target] / missed
    right = (scale * (e / total - (place == target)) for place, e in enumerate(exps))
    if any(abs(slope - gradient) > EXACTLY * abs(scale) for slope, gradient in zip(slopes, right)):
        return None
    return _Row(nodes, exps, total, target, scale)


def _of_a_number(region: Region) -> Logits | None:
    """One logit of a row that is written as so many numbers."""
    row = region.once(_the_row)
    if row is None:
        return None
    logits = _logit(region, row, row.nodes.index(region.node))
    if logits is None or logits.p == logits.y:
        return None
    own = region.chain / (logits.p - logits.y)
    return logits._replace(scale=own) if own > 0.0 else None


def _logit(region: Region, row: _Row, place: int) -> Logits | None:
    """What is to know of one logit; None where its share is too small for a number."""
    z, exp = region.amounts.of(row.nodes[place].data), row.exps[place]
    p, y = exp / row.total, float(place == row.target)
    if not p:
        return None
    powers = (math.exp(z) if z < 700.0 else math.inf, exp)
    others = _softmaxes_of_the_batch(region, row.nodes, row.nodes[place])
    chosen = None if y else 1.0
    return Logits(z, p, y, row.scale, _rows_of(row.scale), math.log(p), powers, len(row.nodes), *others, chosen)


def _beside(region: Region) -> list[tuple[Logits, float]]:
    """The other logits of a number's row that are wrong, with what is written there."""
    row = region.once(_the_row)
    if row is None or len(row.nodes) > MOST_COMPARED:
        return []
    found = []
    for place, node in enumerate(row.nodes):
        result = region.comparison[node]
        written = finite_or_none(result.actual)
        if node is region.node or written is None or result.status is not Status.WRONG:
            continue
        logits = _logit(region, row, place)
        if logits is not None:
            found.append((logits, written))
    return found


def _softmaxes_of_the_batch(
    region: Region, row: Sequence[Value], node: Value
) -> tuple[float | None, float | None, None]:
    """What a logit's share is along the batch, and over all of it; columns are no slip of numbers."""
    rows = region.once(rows_of)
    if len(rows) < 2 or row not in rows or any(len(each) != len(row) for each in rows):
        return None, None, None
    place = row.index(node)
    own = region.amounts.of(node.data)

    def share(nodes: Iterable[Value]) -> float | None:
        try:
            return 1.0 / math.fsum(math.exp(region.amounts.of(node.data) - own) for node in nodes)
        except OverflowError:
            return None

    return share(each[place] for each in rows), share(node for each in rows for node in each), None


def _of_an_array(region: Region) -> Logits | None:
    """A whole array of logits, a row along its last axis."""
    z: Any = region.amounts.of(region.node.data)
    shape = region.shape
    if not shape or shape[-1] < 2:
        return None
    slopes = region.chain
    hot = slopes < 0.0
    if not (hot.sum(axis=-1) <= 1).all() or not hot.any():
        return None
    exps = Arrays.exp(z - z.max(axis=-1, keepdims=True))
    p, y = exps / exps.sum(axis=-1, keepdims=True), hot * 1.0
    scale = region.amounts.ratio(slopes, p - y)
    is_used = hot.any(axis=-1, keepdims=True)
    if not scale or scale <= 0.0 or (abs(slopes - scale * (p - y) * is_used) > EXACTLY * scale).any():
        return None
    across = everywhere = columns = None
    if len(shape) > 1 and shape[-2] > 1:
        along = Arrays.exp(z - z.max(axis=-2, keepdims=True))
        across = along / along.sum(axis=-2, keepdims=True)
        of_all = Arrays.exp(z - z.max())
        everywhere = of_all / of_all.sum()
        columns = y.max(axis=-2, keepdims=True)
    left = p - region.written / scale
    places = left == left.max(axis=-1, keepdims=True)
    chosen = places * 1.0 if (places.sum(axis=-1) == 1).all() and (places != hot).any() else None
    powers = (Arrays.exp(z), exps)
    rows = _rows_of(scale)
    return Logits(z, p * is_used, y, scale, rows, Arrays.log(p), powers, shape[-1], across, everywhere, columns, chosen)
