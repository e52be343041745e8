"""An array near a gradient multiplied in once too often, or left out: in all of it, at one use, or in one part."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays.edges import Floats
from . import later, sentences
from .edits import Guess
from .region import Region
from .upstreams import fits

MOST_USES = 8


def of_all_or_a_use(region: Region) -> Iterator[Guess]:
    """At one use or at all of them."""
    less, more = sentences.factor_left_out, sentences.factor_too_often
    for name, factor in _near(region):
        if fits(factor.shape, region.shape):
            yield Guess("forgot-local", region.chain / factor, less(name))
            yield Guess("rule", region.chain * factor, more(name))
        for use in region.direct[:MOST_USES]:
            if fits(factor.shape, use.consumer.shape) and (
                len(region.direct) > 1 or use.consumer.shape != region.shape
            ):
                of = region.name(use.consumer)
                little, often = use.upstream / factor, use.upstream * factor
                yield Guess("forgot-local", later.instead(region, use, little, use.local), less(name, of))
                yield Guess("rule", later.instead(region, use, often, use.local), more(name, of))


def of_a_part(region: Region) -> Iterator[Guess]:
    """In one part of several."""
    factors = [*_near(region)]
    for part in region.parts:
        for name, factor in factors:
            if fits(factor.shape, region.shape):
                rest, left_out = region.chain - part.numbers, sentences.factor_left_out(name, part.name)
                yield Guess("forgot-local", rest + part.numbers / factor, left_out)
                yield Guess("rule", rest + part.numbers * factor, sentences.factor_too_often(name, part.name))


def _near(region: Region) -> Iterator[tuple[str, Floats]]:
    """The arrays that go into the region, and for shares p (of a sigmoid, say) 1 - p."""
    near = dict.fromkeys(factor for consumer in region.met for factor in (consumer, *consumer.operands))
    for node in near:
        data = np.asarray(node.data)
        # A constant factor is another slip.
        if data.size > 1 and np.ptp(data) > 0.0:
            yield region.name(node), data
            if node.label and ((data > 0.0) & (data < 1.0)).all():
                yield f"1 - {region.name(node)}", 1.0 - data
