"""Of numbers, another node taken for the one that is meant: its gradient, its data, or those of a neighbour.

As of many numbers one is near by chance, these are believed only to the last digit or to four that were typed; x1 for
x0 to three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..graph import topological_order
from ..number import is_of_few_digits
from . import sentences
from .edits import Guess
from .region import Region
from .rules import MOST_OPERANDS, with_other_inputs
from .use import Use

if TYPE_CHECKING:
    from ..value import Value

MOST_OTHERS = 60
MOST_GUESSES = 20_000
"""Of a number that is used so often that there were more, the uses nearest the output are looked at."""
EXACTLY = 1e-9
PLAIN = (0.0, 1.0)
_INDEX = re.compile(r"[\d\[\]_., ]+$")


def of_the_neighbours(region: Region) -> Iterator[Guess]:
    """The gradient of another node, then what comes of the data or the gradient of another at one use."""
    # Of many operands of one operation, one has any number.
    many = {node for use in region.direct for node in use.beside if len(use.beside) >= MOST_OPERANDS}
    near = [node for node in region.others[:MOST_OTHERS] if node is not region.node and not node.is_constant]
    others = [node for node in near if node not in many]
    alike = [other for other in others if _stem(other.label) in region.once(_stems)]
    for guess in _guesses(region, alike if region.fit.is_rough else others):
        if abs(guess.numbers - region.written) <= EXACTLY * abs(region.written):
            yield guess
            return
    if abs(region.written) in PLAIN:
        return
    yield from _guesses(region, alike if is_of_few_digits(10.0 * region.written) else others)


def _stems(region: Region) -> set[str]:
    """The names of the node, and of what stands beside it, without their indices."""
    near = [region.node, *(node for use in region.direct for node in use.beside)]
    return {_stem(node.label) for node in near if node.label} - {""}


def _stem(label: str) -> str:
    """A name without its index: "x" of "x1", "W" of "W[0][1]"; "" of one that has no index."""
    stem = _INDEX.sub("", label)
    return stem if stem != label else ""


def _guesses(region: Region, others: list[Value]) -> Iterator[Guess]:
    name = region.name(region.node)
    # What the wrong gradient is passed on to may hold it itself.
    below = set(topological_order(region.node))
    for other in others:
        gradient = region.upstream(other)
        if other not in below and abs(gradient) not in (0.0, 1.0) and not region.is_wrong(other):
            yield Guess("wrong-upstream", gradient, sentences.gradient_of_another(region.name(other), name))
    for use in region.direct[: MOST_GUESSES // max(len(others), 1)]:
        for other in others:
            yield from _at_a_use(region, use, other)


def _at_a_use(region: Region, use: Use, other: Value) -> Iterator[Guess]:
    def of_the_gradient() -> str:
        name = region.name(region.node)
        return f"that is computed from the gradient of {region.name(other)}. What does {name} go into first?"

    if other is not use.consumer and abs(region.upstream(other)) not in (0.0, 1.0) and not region.is_wrong(other):
        yield Guess("wrong-upstream", region.instead(use, region.upstream(other) * use.local), of_the_gradient)
    inputs = region.inputs(use)
    for place, operand in enumerate(use.consumer.operands):
        if place == use.place or operand.is_constant or other in (operand, use.consumer):
            continue
        data = region.amounts.of(other.data)
        local = with_other_inputs(region, use, [data if i == place else number for i, number in enumerate(inputs)])
        if local is not None and abs(data) not in (0.0, 1.0):

            def of_the_data(operand: Value = operand) -> str:
                return sentences.another_factor(region.name(other), region.name(operand), region.name(use.consumer))

            yield Guess("rule", region.instead(use, use.upstream * local), of_the_data)
