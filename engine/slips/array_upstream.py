"""Guesses on what a local derivative is multiplied with: no upstream gradient, another one, a number too many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arrays.edges import Floats
from ..graph import topological_order
from . import sentences
from .array_guess import FACTORS, Guess
from .array_region import Region

MOST_USES = 8
MOST_SWEEPS = 400
"""How often a region is walked for one kind of guess, times the number of its nodes."""
MOST_OTHERS = 40
"""How many other arrays are tried in the place of one, the nearest."""


def of_the_upstream(region: Region) -> Iterator[Guess]:
    yield from _passed_as_it_is(region)
    yield from _without_upstream(region)
    yield from _a_factor_off(region)
    yield from _from_another(region)


def _passed_as_it_is(region: Region) -> Iterator[Guess]:
    """The upstream gradient itself, where the shapes allow it."""
    for node in region.met:
        upstream = region.comparison.upstream[node]
        if node.shape and fits(node.shape, region.shape):
            numbers = np.broadcast_to(upstream, region.shape)
            yield Guess("forgot-local", numbers, sentences.no_local(region.name(node)))
    for part in region.parts:
        if not isinstance(part.cut, tuple) and fits(part.cut.shape, region.shape):
            numbers = region.chain - part.numbers + region.comparison.upstream[part.cut]
            yield Guess("forgot-local", numbers, sentences.no_local(part.name))


def _without_upstream(region: Region) -> Iterator[Guess]:
    ones: dict[Any, Any] = {node: np.ones(node.shape) for node in region.sources}
    covers = FACTORS | {"rule"}  # where the local derivative is the data of an array
    yield Guess("forgot-upstream", region.from_sources(ones), sentences.no_upstream(region.above), covers)
    for node in region.met:
        if node.label or node in ones:
            numbers = region.from_sources({node: np.ones(node.shape)})
            is_all = region.is_same(region.from_node(node), region.chain)
            clause = sentences.no_upstream if is_all else sentences.no_upstream_in_a_part
            yield Guess("forgot-upstream", numbers, clause(region.name(node)), covers)


def _a_factor_off(region: Region) -> Iterator[Guess]:
    """An array's numbers left out or multiplied in once too often, at one use or at all of them."""
    less, more = sentences.factor_left_out, sentences.factor_too_often
    for name, factor in factors_near(region):
        if fits(factor.shape, region.shape):
            yield Guess("forgot-local", region.chain / factor, less(name))
            yield Guess("rule", region.chain * factor, more(name))
        for use in region.direct[:MOST_USES]:
            if fits(factor.shape, use.consumer.shape) and (
                len(region.direct) > 1 or use.consumer.shape != region.shape
            ):
                of = region.name(use.consumer)
                little, often = use.upstream / factor * use.local, use.upstream * factor * use.local
                yield Guess("forgot-local", region.instead(use, little), less(name, of))
                yield Guess("rule", region.instead(use, often), more(name, of))


def factors_near(region: Region) -> Iterator[tuple[str, Floats]]:
    """The arrays that go into the region, and for shares p (of a sigmoid, say) 1 - p."""
    near = dict.fromkeys(factor for consumer in region.met for factor in (consumer, *consumer.operands))
    for node in near:
        data: Any = node.data
        if _varies(data):
            yield region.name(node), data
            if node.label and ((data > 0.0) & (data < 1.0)).all():
                yield f"1 - {region.name(node)}", 1.0 - data


def _varies(data: Any) -> bool:
    """Whether it is more than one number: a constant factor is another slip."""
    return bool(np.size(data) > 1 and np.ptp(data) > 0.0)


def _from_another(region: Region) -> Iterator[Guess]:
    """Computed from the gradient of another array of the same shape."""
    # What the wrong gradient is passed on to may hold it itself.
    below = set(topological_order(region.node))
    others = [other for other in region.others if other.shape and other not in below][:MOST_OTHERS]
    for node in region.met[: max(2, MOST_SWEEPS // (1 + len(region.met)))]:
        if not node.shape or not (node.label or node in region.sources):
            continue
        for other in others:
            if other.shape == node.shape and other is not node:
                numbers = region.from_sources({node: region.comparison.upstream[other]})
                name, of = region.name(region.node), region.name(other)
                clause = sentences.another_gradient(name, of, is_used_once=len(region.direct) == 1)
                yield Guess("wrong-upstream", numbers, clause, FACTORS | {"missing-path"})


def fits(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether an array of one shape is broadcast to the other."""
    return len(shape) <= len(other) and all(a in (1, b) for a, b in zip(reversed(shape), reversed(other)))
