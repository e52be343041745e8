"""Of numbers with two indices, as W[1][0], the indices exchanged: a transpose that is written out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..number import is_of_few_digits
from . import sentences
from .edits import Guess
from .region import Region
from .rules import with_other_inputs
from .use import Use

if TYPE_CHECKING:
    from ..value import Value

_TWO_INDICES = re.compile(r"(?P<name>.*?[^\d])(?P<first>\d+)(?P<between>\]\[|, ?|_|\.)(?P<second>\d+)(?P<end>\D?)")
_TWO_DIGITS = re.compile(r"(?P<name>.*?[^\d])(?P<first>\d)(?P<between>)(?P<second>\d)(?P<end>)")


def exchanged(label: str) -> str | None:
    """The label with its two indices exchanged: "W[1][0]" of "W[0][1]", "w10" of "w01"; None where it has not two."""
    found = _TWO_INDICES.fullmatch(label) or _TWO_DIGITS.fullmatch(label)
    if found is None or found["first"] == found["second"]:
        return None
    return f"{found['name']}{found['second']}{found['between']}{found['first']}{found['end']}"


def of_the_indices(region: Region) -> Iterator[Guess]:
    """The gradient of the node across, or what comes of it that across stands where the other factors belong."""
    across = _across(region, region.node)
    if across is not None and not is_of_few_digits(region.written):
        numbers = math.fsum(region.amounts.of(term.contribution) for term in region.comparison.terms(across))
        name, other = region.name(region.node), region.name(across)
        yield Guess("transposed", numbers, lambda: sentences.transposed_gradient(other, name))
    changed = {use: found for use in region.direct if (found := _with_the_factor_across(region, use)) is not None}
    if changed:
        numbers = region.from_sources(locals_={use.key: local for use, (local, _, _) in changed.items()})
        _, factor, other = next(iter(changed.values()))
        yield Guess("transposed", numbers, lambda: sentences.transposed_factor(other, factor, region.name(region.node)))


def _with_the_factor_across(region: Region, use: Use) -> tuple[float, str, str] | None:
    """The local derivative with the factor across in it, and the names of both factors; None where there is none."""
    if str(use.consumer.op) != "*":
        return None
    (factor,) = use.beside
    across = _across(region, factor)
    if across is None:
        return None
    inputs: list[Any] = region.inputs(use)
    inputs[1 - use.place] = region.amounts.of(across.data)
    local = with_other_inputs(region, use, inputs)
    return None if local is None else (local, region.name(factor), region.name(across))


def _across(region: Region, node: Value) -> Value | None:
    label = exchanged(node.label) if node.label else None
    return None if label is None else region.once(_by_label).get(label)


def _by_label(region: Region) -> dict[str, Value]:
    return {node.label: node for node in region.comparison.places if node.label}
