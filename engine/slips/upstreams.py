"""Another upstream gradient than the learner's own: none at all, that alone, or the gradient of another node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..graph import topological_order
from ..names import OUTPUT
from . import later, sentences
from .edits import Edit, Guess, at_one_or_all
from .region import Region
from .use import Use

if TYPE_CHECKING:
    from ..value import Value

MOST_SWEEPS = 400
"""How often a region is walked for one kind of guess, times the number of its nodes."""
MOST_OTHERS = 40
"""How many other arrays are tried in the place of one, the nearest."""


def as_it_is(region: Region) -> Iterator[Guess]:
    """The upstream gradient itself, where the shapes allow it."""
    if not region.amounts.is_of_arrays:
        yield from _at_the_uses(region)
        return
    for node in region.met:
        if node.shape and fits(node.shape, region.shape):
            numbers = region.amounts.spread(region.upstream(node), region.shape)
            yield Guess("forgot-local", numbers, sentences.no_local(region.name(node)))
    for part in region.parts:
        if not isinstance(part.cut, tuple) and part.cut is not None and fits(part.cut.shape, region.shape):
            numbers = region.chain - part.numbers + region.upstream(part.cut)
            yield Guess("forgot-local", numbers, sentences.no_local(part.name))


def _at_the_uses(region: Region) -> Iterator[Guess]:
    """The upstream gradients of a number at all of its uses, at one of them, or of a step on the way."""
    uses = region.direct
    restates = "sign" if all(use.local == -1.0 for use in uses) else ""
    everywhere = sum(use.upstream for use in uses)
    of = [use.consumer for use in uses]
    yield Guess("forgot-local", everywhere, lambda: sentences.no_local(region.names(of)), (), restates)
    for use in uses if len(uses) > 1 else ():
        restates = "sign" if use.local == -1.0 else ""
        say = partial(_passed_by, region, use)
        yield Guess("forgot-local", region.instead(use, use.upstream), say, (), restates)
    yield from at_one_or_all(
        region,
        (
            Edit("forgot-local", use, 1.0, lambda use=use: sentences.local_left_out(region.where(use)))  # type: ignore[misc]
            for use in region.uses
            if use.operand is not region.node
        ),
    )


def _passed_by(region: Region, use: Use) -> str:
    return sentences.no_local(region.name(use.consumer))


def without(region: Region) -> Iterator[Guess]:
    """1 in the place of an upstream gradient."""
    ones: dict[Any, Any] = {node: region.amounts.full(node.shape, 1.0) for node in region.sources}
    yield Guess("forgot-upstream", later.from_sources(region, ones), lambda: _left_out_of(region, region.sources))
    for node in region.met:
        if node.label or node in ones:
            one = region.amounts.full(node.shape, 1.0)
            is_number = region.is_of_one_number
            numbers = region.with_upstream(node, one) if is_number else later.from_sources(region, {node: one})
            is_all = region.is_same(region.from_node(node), region.chain)
            clause = sentences.no_upstream if is_all else sentences.no_upstream_in_a_part
            yield Guess("forgot-upstream", numbers, clause(region.name(node)))
    if not region.amounts.is_of_arrays:
        of = [use.consumer for use in region.direct]
        numbers = sum(use.local for use in region.direct)
        yield Guess("forgot-upstream", numbers, lambda: _left_out_of(region, of))
        for use in region.direct if len(of) > 1 else ():
            numbers = region.instead(use, use.local)
            yield Guess(
                "forgot-upstream",
                numbers,
                lambda use=use: sentences.no_upstream_in_a_part(region.name(use.consumer)),  # type: ignore[misc]
            )


def _left_out_of(region: Region, nodes: Sequence[Value]) -> str:
    """The sentence, about those of the nodes whose upstream gradient is not 1 anyway."""
    told = [node for node in nodes if not region.amounts.is_all(region.upstream(node), 1.0)]
    if not told or len(told) == len(nodes):
        return sentences.no_upstream(region.names(nodes) if nodes else OUTPUT)
    return sentences.no_upstream_in_a_part(region.names(told))


def of_another(region: Region) -> Iterator[Guess]:
    """Computed from the gradient of another array of the same shape."""
    if region.is_of_one_number:
        return
    # What the wrong gradient is passed on to may hold it itself.
    below = set(topological_order(region.node))
    others = [other for other in region.others if other.shape and other not in below and not region.is_wrong(other)]
    for node in region.met[: max(2, MOST_SWEEPS // (1 + len(region.met)))]:
        if not node.shape or not (node.label or node in region.sources):
            continue
        for other in others[:MOST_OTHERS]:
            if other.shape == node.shape and other is not node:
                numbers = later.from_sources(region, {node: region.upstream(other)})
                name, of = region.name(region.node), region.name(other)
                clause = sentences.another_gradient(name, of, is_used_once=len(region.direct) == 1)
                yield Guess("wrong-upstream", numbers, clause)


def fits(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether an array of one shape is broadcast to the other."""
    return len(shape) <= len(other) and all(a in (1, b) for a, b in zip(reversed(shape), reversed(other)))
