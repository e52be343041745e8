"""Data where a gradient belongs and the other way round, alone or as a factor; a sum where a product belongs."""

from __future__ import annotations

from collections.abc import Iterator

from . import later, sentences
from .edits import Edit, Guess, at_one_or_all
from .region import Region
from .rules import with_other_inputs
from .use import Passing, Use

MOST_OTHERS = 60


def for_a_gradient(region: Region) -> Iterator[Guess]:
    """The data of a node where a gradient belongs."""
    beside = [operand for use in region.direct for operand in use.consumer.operands]
    near = [region.node, *(use.consumer for use in region.direct), *beside]
    if region.amounts.is_of_arrays:
        near = [region.node, *region.others[:MOST_OTHERS]]
    for node in dict.fromkeys(near):
        if node.shape == region.shape and not (region.is_of_one_number and _is_plain(region, node)):
            what = "a number" if region.is_of_one_number else "numbers"
            numbers = region.amounts.of(node.data)
            yield Guess("rule", numbers, lambda node=node, what=what: sentences.data(region.name(node), what))  # type: ignore[misc]
    for node in region.met if region.amounts.is_of_arrays else ():
        if node.shape and (node.label or node in region.sources):
            clause = sentences.data_passed_on(region.name(node))
            yield Guess("rule", later.from_sources(region, {node: node.data}), clause)


def _is_plain(region: Region, node: object) -> bool:
    """Whether it is a number that stands everywhere."""
    return node.is_constant or abs(region.amounts.of(node.data)) in (0.0, 1.0)  # type: ignore[attr-defined]


def for_a_factor(region: Region) -> Iterator[Guess]:
    """Of numbers, .data of a consumer for its .grad, and .grad of an operand for its .data, at one use or at all."""
    yield from at_one_or_all(region, (edit for use in region.direct for edit in _exchanged(region, use)))


def _exchanged(region: Region, use: Use) -> Iterator[Edit]:
    data = region.amounts.of(use.consumer.data)
    if data not in (0.0, 1.0):
        say = sentences.data_passed_on
        yield Edit(
            "rule",
            use,
            Passing(lambda _: data * use.local),
            lambda: say(region.name(use.consumer)),
            "data",
            sentences.data_passed_on_everywhere,
        )
    inputs = region.inputs(use)
    nodes = (*use.consumer.operands, use.consumer)
    for place, node in enumerate(nodes):
        if node.is_constant or node is region.node:
            continue
        if region.upstream(node) in (0.0, 1.0):  # a number that stands everywhere
            continue
        given = [region.upstream(node) if i == place else number for i, number in enumerate(inputs)]
        local = with_other_inputs(region, use, given)
        if local is not None and local != use.local:
            yield Edit(
                "rule",
                use,
                local,
                lambda node=node: sentences.gradient_for_data(region.name(node)),  # type: ignore[misc]
                "gradient",
                sentences.gradients_for_data,
                # Below the output, the gradient of one factor is the other one's data.
                "swapped",
            )


def added(region: Region) -> Iterator[Guess]:
    """The upstream gradient and the local derivative added where they are to be multiplied."""
    for use in region.uses:
        if region.amounts.is_of_arrays:
            if use.base is None or not hasattr(use.local, "spread"):
                continue
        elif use.operand is not region.node:
            continue
        numbers = region.instead(use, region.amounts.passed_back(use.upstream + use.coefficient, use))
        yield Guess("rule", numbers, lambda use=use: sentences.added(region.name(use.consumer)))  # type: ignore[misc]
