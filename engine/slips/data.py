"""What is no chain rule at all: data where a gradient belongs, a sum where a product does."""

from __future__ import annotations

from collections.abc import Iterator

from . import sentences
from .edits import Guess
from .region import Region

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
            yield Guess("rule", region.from_sources({node: node.data}), clause)


def _is_plain(region: Region, node: object) -> bool:
    """Whether it is a number that stands everywhere."""
    return node.is_constant or abs(region.amounts.of(node.data)) in (0.0, 1.0)  # type: ignore[attr-defined]


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
