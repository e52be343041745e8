"""The mistakes at what a logsumexp is taken of, however it is written: its gradient there is a multiple of the softmax.

Source:
    Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.1, for softmax and its logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .amounts import Arrays
from .edits import Guess
from .logits import EXACTLY, NOT_SHARES
from .region import Region
from .softmax_rows import MOST_CLASSES, row_of


class Row(NamedTuple):
    """What a gradient at the input of a logsumexp is made of, as numbers or as arrays.

    Attributes:
        upstream: the gradient of the logsumexp.
        exps: exp(z), and the same with the largest z subtracted.
        largest: 1 for the largest z, else 0.
        length: over how many z it is taken.
        others: the softmax along other axes, and over everything; of arrays alone.
    """

    upstream: Any
    exps: tuple[Any, Any]
    largest: Any
    length: int
    others: tuple[Any, ...] = ()


OF_A_MAXIMUM = "only the largest entry gets a gradient, as of a maximum: which entries move the sum of the exps?"
EVENLY = "the gradient is shared out evenly: how much of the sum of the exps is each entry's?"
ACROSS = "the softmax in it is taken along another axis than the logsumexp: which exps are added up forward?"

SLIPS: tuple[tuple[str, Callable[[Row], Any], str], ...] = (
    ("forgot-local", lambda row: row.upstream * row.exps[0], NOT_SHARES),
    ("forgot-local", lambda row: row.upstream * row.exps[1], NOT_SHARES),
    ("rule", lambda row: row.upstream * row.largest, OF_A_MAXIMUM),
    ("rule", lambda row: row.upstream / row.length, EVENLY),
)


def of_the_logsumexp(region: Region) -> Iterator[Guess]:
    """Each usual mistake, where the gradient is that of a logsumexp by its input."""
    # Who has the gradient of the exp goes step by step.
    blank = {node for node in region.blanks if str(node.op) == "exp"}
    if not blank:
        return
    for row in _of_an_array(region) if region.amounts.is_of_arrays else _of_a_number(region):
        for kind, wrong, clause in SLIPS:
            numbers = wrong(row)
            if region.amounts.is_finite(numbers) and region.amounts.is_anything(numbers):
                yield Guess(kind, region.amounts.spread(numbers, region.shape), clause)
        for other in row.others:
            yield Guess("wrong-axis", row.upstream * other, ACROSS)


def _of_a_number(region: Region) -> Iterator[Row]:
    row = row_of(region)
    if row is None or not 1 < len(row) <= MOST_CLASSES:
        return
    numbers = [region.amounts.of(node.data) for node in row]
    largest = max(numbers)
    exps = [math.exp(z - largest) for z in numbers]
    slopes = [region.amounts.of(region.comparison[node].expected) for node in row]
    upstream = sum(slopes)
    if any(abs(s * sum(exps) - upstream * e) > EXACTLY * abs(upstream) for s, e in zip(slopes, exps)):
        return
    own = exps[row.index(region.node)]
    if not own:
        return
    z = region.amounts.of(region.node.data)
    power = math.exp(z) if z < 700.0 else math.inf
    yield Row(region.chain * sum(exps) / own, (power, own), float(z == largest), len(row))


def _of_an_array(region: Region) -> Iterator[Row]:
    z: Any = region.amounts.of(region.node.data)
    axes = [(axis,) for axis in reversed(range(z.ndim))] + ([tuple(range(z.ndim))] if z.ndim > 1 else [])
    shares = {axis: _softmax(z, axis) for axis in axes}
    for axis in axes:
        count = math.prod(z.shape[i] for i in axis)
        upstream = region.chain.sum(axis=axis, keepdims=True)
        if count < 2 or (abs(region.chain - upstream * shares[axis]) > EXACTLY * abs(upstream)).any():
            continue
        largest = z.max(axis=axis, keepdims=True)
        others = tuple(share for other, share in shares.items() if other != axis)
        yield Row(upstream, (Arrays.exp(z), Arrays.exp(z - largest)), 1.0 * (z == largest), count, others)


def _softmax(z: Any, axis: tuple[int, ...]) -> Any:
    exps = Arrays.exp(z - z.max(axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)
