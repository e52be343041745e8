"""Guesses on reshapes and transposes in a row: undone in another order, or by the wrong axes, as of heads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.edges import Floats
from .array_guess import FACTORS, Guess
from .array_region import Region

if TYPE_CHECKING:
    from ..value import Value

MOVES = ("reshape", "transpose")
MOST_AXES = 5


def of_the_moves(region: Region) -> Iterator[Guess]:
    for use in region.uses:
        for top in _tops(region, use.consumer):
            upstream = np.asarray(region.comparison.upstream[top])
            if upstream.size != math.prod(use.operand.shape) or upstream.ndim + len(use.operand.shape) < 4:
                continue
            clause = (
                "these are the right numbers in the wrong places: axes are mixed up on the way back from "
                f"{region.name(top)}. Undo each reshape and each transpose, the last one first."
            )
            for numbers in _arranged(upstream, use.operand.shape):
                yield Guess("transposed", region.instead(use, numbers), clause, FACTORS | {"wrong-axis"})


def _tops(region: Region, node: Value) -> Iterator[Value]:
    """The ends of a row of moves, the longest first."""
    row = []
    while node.op is not None and node.op.name in MOVES:
        row.append(node)
        uses = region.comparison.uses[node]
        if node not in region.blanks or len(uses) != 1:
            break
        node = uses[0][0]
    yield from reversed(row)


def _arranged(numbers: Floats, shape: tuple[int, ...]) -> Iterator[Floats]:
    """The numbers in a shape, with the axes exchanged before or after they are put into it."""
    if max(numbers.ndim, len(shape)) > MOST_AXES:
        return
    for axes in permutations(range(numbers.ndim)):
        yield numbers.transpose(axes).reshape(shape)
    for axes in permutations(range(len(shape))):
        yield numbers.reshape([shape[axis] for axis in axes]).transpose(np.argsort(axes))
