"""The usual mistakes at what a softmax is taken of, under a cross-entropy or a logsumexp.

The gradient under a cross-entropy is (p - y) times one number, for the softmax p and the one-hot row y of the target;
that of a logsumexp is p times its own. Both are known by their numbers, however they are written, in steps or fused.
One table is for arrays, and for each logit of a row of single numbers, which do without NumPy.

Source:
    Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.3, for the gradient, and 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..number import finite_or_none
from ..ops import exp, log
from ..verdict.rounding import is_too_short
from ..verdict.status import Status
from . import messages
from .candidates import Candidate
from .local_derivatives import usual_mistakes
from .neighborhood import Neighborhood
from .softmax_rows import LARGEST_BATCH, MOST_CLASSES, row_of, rows_of
from .values import ArrayOps

MOST_COMPARED = 30
"""Of a longer row the other logits are not looked at for the same mistake."""
EXACTLY = 1e-7


class Logits(NamedTuple):
    """What a gradient at the logits is made of: arrays, or the numbers of one logit.

    Attributes:
        z: the logits.
        p: their softmax.
        y: 1 for the target, else 0.
        scale: what p - y is multiplied by, 1/n for a mean over n rows.
        rows: how many rows the loss is a mean of; 1 where it is none.
        classes: how many logits a row has.
        logs: the logarithms of p.
        exps: exp(z), and the same with the largest logit subtracted.
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
    classes: int
    logs: Any
    exps: tuple[Any, Any]
    across: Any = None
    everywhere: Any = None
    columns: Any = None
    chosen: Any = None


class Mistake(NamedTuple):
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

OF_A_MAXIMUM = "only the largest entry gets a gradient, as of a maximum: which entries move the sum of the exps?"
EVENLY = "the gradient is shared out evenly: how much of the sum of the exps is each entry's?"
SUMMED_ACROSS = "the softmax in it is taken along another axis than the logsumexp: which exps are added up forward?"

# fmt: off
MISTAKES: tuple[Mistake, ...] = (
    Mistake("missing-path", lambda t: t.scale * t.p, ALONE),
    Mistake("one-hot", lambda t: None if t.chosen is None else t.scale * (t.p - t.chosen), ANOTHER),
    Mistake("one-hot", lambda t: t.scale * (t.p + t.y), ADDED),
    Mistake("factor", lambda t: None if t.rows == 1 else t.p - t.y, NO_MEAN),
    Mistake("factor", lambda t: None if t.rows < 3 else (t.p - t.y) / (t.rows - 1), ONE_LESS),
    Mistake("factor", lambda t: t.scale * (t.p - t.y) / t.classes, BY_CLASSES),
    Mistake("factor", lambda t: None if t.rows == 1 else t.scale * (t.p - t.y) / t.rows, MEAN_TWICE),
    Mistake("one-hot", lambda t: None if t.rows == 1 else t.scale * t.p - t.y, NOT_DIVIDED),
    Mistake("one-hot", lambda t: None if t.rows == 1 else t.p - t.scale * t.y, P_NOT_DIVIDED),
    Mistake("one-hot", lambda t: t.scale * (t.p - 1.0), EVERY_ENTRY),
    Mistake("one-hot", lambda t: t.p - 1.0, EVERY_ENTRY),
    Mistake("one-hot", lambda t: None if t.columns is None else t.scale * (t.p - t.columns), WHOLE_COLUMNS),
    Mistake("one-hot", lambda t: None if t.columns is None else t.p - t.columns, WHOLE_COLUMNS),
    Mistake("missing-path", lambda t: -t.scale * t.y, ITS_OWN),
    Mistake("missing-path", lambda t: t.scale * (t.p - t.y) * t.y, ITS_OWN),
    Mistake("wrong-axis", lambda t: None if t.across is None else t.scale * (t.across - t.y), ACROSS),
    Mistake("wrong-axis", lambda t: None if t.across is None else t.scale * t.across, ACROSS),
    Mistake("wrong-axis", lambda t: None if t.everywhere is None else t.scale * (t.everywhere - t.y), EVERYWHERE),
    Mistake("wrong-axis", lambda t: None if t.everywhere is None else t.scale * t.everywhere, EVERYWHERE),
    Mistake("forgot-local", lambda t: t.scale * (t.exps[0] - t.y), NOT_SHARES),
    Mistake("forgot-local", lambda t: t.scale * (t.exps[1] - t.y), NOT_SHARES),
    Mistake("forgot-local", lambda t: t.scale * t.exps[0], NOT_SHARES),
    Mistake("forgot-local", lambda t: t.scale * t.exps[1], NOT_SHARES),
    Mistake("forgot-local", lambda t: -t.scale * t.y / t.p, BY_THE_SHARE),
    Mistake("forgot-local", lambda t: -1.0 * t.y / t.p, BY_THE_SHARE),
    Mistake("rule", lambda t: t.scale * t.p * (1.0 - t.p), OF_ONE_SHARE),
    Mistake("rule", lambda t: t.p * (1.0 - t.p), OF_ONE_SHARE),
    Mistake("rule", lambda t: t.scale * t.p * (t.p - t.y), P_TWICE),
    Mistake("rule", lambda t: t.scale * (t.p - t.y) * t.p * (1.0 - t.p), P_TWICE),
    Mistake("rule", lambda t: t.scale * (t.z - t.y), NO_SOFTMAX),
    Mistake("rule", lambda t: t.scale * (t.logs - t.y), LOGARITHMS),
)
# fmt: on


def _row(region: Neighborhood) -> tuple[list[float], list[float], int]:
    """Return a row of single logits, the right gradients there, and where the region's node is among them."""
    of, nodes = region.arithmetic.of, region.cached(row_of) or []
    if not 1 < len(nodes) <= MOST_CLASSES:
        return [], [], 0
    slopes = [of(region.comparison[node].expected) for node in nodes]
    return [of(node.data) for node in nodes], slopes, nodes.index(region.node)


def cross_entropy_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Yield each usual mistake, where the gradient is that of a cross-entropy by its logits."""
    listed = _by_its_own_table(region)
    for slip, numbers, clause in _mistakes_at(region, region.cached(_logits)):
        if not any(region.is_same(numbers, other) for other in listed):
            yield Candidate(slip.kind, numbers, clause)


def cross_entropy_without_mean(region: Neighborhood) -> Iterator[Candidate]:
    """Yield the same with the mean over the rows left out besides."""
    found = [one._replace(scale=one.scale * one.rows) for one in region.cached(_logits) if one.rows > 1]
    for slip, numbers, clause in _mistakes_at(region, found):
        if slip.kind != "factor":
            both = messages.two_things(WITHOUT_MEAN.format(n=found[0].rows), clause)
            yield Candidate(slip.kind, numbers, both)


def _by_its_own_table(region: Neighborhood) -> list[Any]:
    """Return what the mistakes give that an operation brings itself, as the fused one does."""
    uses = [use for use in region.direct if use.consumer.op is not None and use.consumer.op.slips]
    return [
        region.replace_contribution(use, use.upstream * edit.local)
        for use in uses
        for edit in usual_mistakes(region, use)
    ]


def _mistakes_at(region: Neighborhood, row: list[Logits]) -> list[tuple[Mistake, Any, str]]:
    """Return the mistakes that can be made there, with what to say.

    Of a number those first that fit more of the others in its row.
    """
    if not row:
        return []
    at = 0 if region.arithmetic.is_of_arrays else region.cached(_row)[2]
    with region.arithmetic.quietly():
        rows = [(slip, [_made(slip, one) for one in row]) for slip in MISTAKES]
    rows = [(slip, made) for slip, made in rows if made[at] is not None and region.arithmetic.is_finite(made[at])]
    if not region.arithmetic.is_of_arrays:
        # A 0 is what comes of much that is done with y, and 1 is the exp of the largest logit, less that one.
        is_plain = region.user_grad in (0.0, 1.0)
        rows = [(slip, made) for slip, made in rows if slip.clause is ITS_OWN or not is_plain]
        beside = region.cached(_others_in_the_row)
        rows.sort(key=lambda one: -sum(_is_near(region, written, one[1][place]) for place, written in beside))
    return [(slip, made[at], slip.clause.format(n=row[at].rows, v=row[at].classes)) for slip, made in rows]


def _made(slip: Mistake, one: Logits) -> Any:
    with suppress(ZeroDivisionError):
        return slip.wrong(one)
    return None


def _is_near(region: Neighborhood, written: float, number: float | None) -> bool:
    if number is None or not math.isfinite(number):
        return False
    return region.comparison.tolerance.accepts(written, number, 0.0) or is_too_short(written, number)


def _others_in_the_row(region: Neighborhood) -> list[tuple[int, float]]:
    """Return the places of the other logits of a number's row that are wrong, with what is written there."""
    nodes = region.cached(row_of) or []
    results = [(place, region.comparison[node]) for place, node in enumerate(nodes) if node is not region.node]
    wrong = [(place, finite_or_none(one.actual)) for place, one in results if one.status is Status.WRONG]
    return [(place, written) for place, written in wrong if written is not None] if len(nodes) <= MOST_COMPARED else []


def _logits(region: Neighborhood) -> list[Logits]:
    """Return the parts of a gradient that is that of a cross-entropy, along the last axis; [] for another one.

    Of single numbers they are those of each logit in the row.
    """
    if not region.arithmetic.is_of_arrays:
        return _at_numbers(region)
    if not region.shape or region.shape[-1] < 2:
        return []
    z, slopes = ArrayOps.of(region.node.data), region.recomputed
    hot = slopes < 0.0
    if (hot.sum(axis=-1) > 1).any() or not hot.any():
        return []
    p, y = softmax_along(z, -1), hot * 1.0
    scale = ArrayOps.ratio(slopes, p - y)
    is_used = hot.any(axis=-1, keepdims=True)
    if not scale or scale <= 0.0 or (abs(slopes - scale * (p - y) * is_used) > EXACTLY * scale).any():
        return []
    with region.arithmetic.quietly():
        powers = exp(z), exp(z - z.max(axis=-1, keepdims=True))
        found = Logits(z, p * is_used, y, scale, _rows_of(scale), z.shape[-1], log(p), powers)
    return [_beside_other_rows(region, found)]


def _rows_of(scale: float) -> int:
    """Return how many rows a loss is a mean of; 1 where it is none."""
    rows = 1.0 / scale
    return round(rows) if abs(rows - round(rows)) < 1e-6 * rows and rows < LARGEST_BATCH else 1


def _beside_other_rows(region: Neighborhood, found: Logits) -> Logits:
    z, y = found.z, found.y
    left = found.p - region.user_grad / found.scale
    places = left == left.max(axis=-1, keepdims=True)
    if (places.sum(axis=-1) == 1).all() and (places != (y > 0.0)).any():
        found = found._replace(chosen=places * 1.0)
    if z.ndim == 1 or z.shape[-2] == 1:
        return found
    return found._replace(
        across=softmax_along(z, -2), everywhere=softmax_along(z, None), columns=y.max(axis=-2, keepdims=True)
    )


def _at_numbers(region: Neighborhood) -> list[Logits]:
    """Return the same of each logit of a row: its scale is that of the learner's own numbers; [] for a share of 0."""
    z, slopes, at = region.cached(_row)
    p, y = _shares(z), [float(slope < 0.0) for slope in slopes]
    off = [share - hot for share, hot in zip(p, y)]
    if sum(y) != 1.0 or not p[at] or not off[at] or region.recomputed / off[at] <= 0.0:
        return []
    scale, largest = slopes[at] / off[at], max(z)
    if any(abs(slope - scale * one) > EXACTLY * scale for slope, one in zip(slopes, off)):
        return []
    parts = region.recomputed / off[at], _rows_of(scale), len(z)
    found = [
        Logits(one, share, hot, *parts, log(share) if share else -math.inf, (_exp(one), exp(one - largest)))
        for one, share, hot in zip(z, p, y)
    ]
    if not y[at]:
        found = [one._replace(chosen=math.nan if one.y else 1.0) for one in found]
    row, others = region.cached(row_of), region.cached(rows_of)
    if len(others) < 2 or row not in others or any(len(each) != len(z) for each in others):
        return found
    here, numbers = others.index(row), [[region.arithmetic.of(node.data) for node in each] for each in others]
    across = [_shares(column)[here] for column in zip(*numbers)]
    everywhere = _shares([one for each in numbers for one in each])[here * len(z) :]
    return [one._replace(across=a, everywhere=e) for one, a, e in zip(found, across, everywhere)]


def logsumexp_mistakes(region: Neighborhood) -> Iterator[Candidate]:
    """Yield each usual mistake, where the gradient is that of a logsumexp by its input."""
    # Who has the gradient of the exp goes step by step.
    if not any(str(node.op) == "exp" for node in region.blanks):
        return
    for upstream, z, largest, count, others in _sums_of_exps(region):
        with region.arithmetic.quietly():
            found = [
                ("forgot-local", upstream * _exp(z), NOT_SHARES),
                ("forgot-local", upstream * exp(z - largest), NOT_SHARES),
                ("rule", upstream * (z == largest), OF_A_MAXIMUM),
                ("rule", upstream / count + 0.0 * z, EVENLY),
            ]
            found += [("wrong-axis", upstream * share, SUMMED_ACROSS) for share in others]
        for kind, numbers, clause in found:
            if region.arithmetic.is_finite(numbers) and region.arithmetic.is_anything(numbers):
                yield Candidate(kind, numbers, clause)


def _sums_of_exps(region: Neighborhood) -> Iterator[tuple[Any, Any, Any, int, list[Any]]]:
    """Yield what each logsumexp it may be is made of: the upstream gradient, z, its largest, a count, other shares."""
    if not region.arithmetic.is_of_arrays:
        row, right, at = region.cached(_row)
        total, of_each = sum(right), _shares(row)
        is_one = all(abs(slope - total * share) <= EXACTLY * abs(total) for slope, share in zip(right, of_each))
        if row and is_one and of_each[at]:
            yield region.recomputed / of_each[at], row[at], max(row), len(row), []
        return
    z, slopes = ArrayOps.of(region.node.data), region.recomputed
    axes: list[Any] = [*reversed(range(z.ndim)), *([None] if z.ndim > 1 else [])]
    shares = {axis: softmax_along(z, axis) for axis in axes if z.size}
    for axis, share in shares.items():
        upstream = slopes.sum(axis=axis, keepdims=True)
        if z.size > upstream.size and (abs(slopes - upstream * share) <= EXACTLY * abs(upstream)).all():
            others = [other for along, other in shares.items() if along != axis]
            yield upstream, z, z.max(axis=axis, keepdims=True), z.size // upstream.size, others


def softmax_along(z: Any, axis: Any) -> Any:
    """Return the softmax along an axis, some axes, or over everything."""
    exps = exp(z - z.max(axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


def _shares(row: Sequence[float]) -> list[float]:
    """Return the softmax of some numbers."""
    largest = max(row, default=0.0)
    exps = [exp(one - largest) for one in row]
    total = sum(exps)
    return [one / total for one in exps]


def _exp(z: Any) -> Any:
    """Return the exp, inf of a number too large, as it is of an array's."""
    try:
        return exp(z)
    except OverflowError:
        return math.inf
