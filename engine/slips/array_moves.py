"""Guesses on reshapes and transposes in a row: undone in another order, or by the wrong axes, as of heads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.edges import Edge, Floats
from .array_alike import Change, at_one_or_all
from .array_guess import FACTORS, Guess
from .array_region import Region, Use

if TYPE_CHECKING:
    from ..value import Value

MOVES = ("reshape", "transpose")
MOST_AXES = 6
MOST_NUMBERS = 100_000_000
"""So many numbers may be put into other orders."""
MOST_ALIKE_AXES = 4
"""Of arrays with more axes each use is tried alone: there are too many orders to try each at all of them."""

COVERS = FACTORS | {"wrong-axis"}
WRONG_PLACES = "these are the right numbers in the wrong places:"
IN_ORDER = "Undo each reshape and each transpose, the last one first."

Move = Callable[[Any], Any]


def of_the_moves(region: Region) -> Iterator[Guess]:
    yield from at_one_or_all(region, (change for use in region.uses for change in _changes(region, use)))


def _changes(region: Region, use: Use) -> Iterator[Change]:
    for row in _rows(region, use.consumer):
        top, shape = row[-1], use.operand.shape
        if math.prod(top.shape) != math.prod(shape) or len(top.shape) + len(shape) < 4:
            continue
        most = max(len(top.shape), len(shape))
        if most > MOST_AXES or math.factorial(most) * math.prod(shape) > MOST_NUMBERS:
            continue
        back = f"{WRONG_PLACES if use.operand is region.node else ''} axes are mixed up on the way back from".lstrip()
        clause, of_all = (f"{back} {of}. {IN_ORDER}" for of in (region.name(top), "each of several arrays"))
        for number, arranged in enumerate(_arrangements(len(top.shape), shape)):
            alike: Any = (len(row), len(top.shape), number) if most <= MOST_ALIKE_AXES else (use.key, number)
            yield Change("transposed", use, Edge(_through(row, arranged)), clause, alike, of_all, COVERS)


def _rows(region: Region, node: Value) -> Iterator[list[Value]]:
    """The moves in a row from a node on, then the row without its last, and so on."""
    row = []
    while node.op is not None and node.op.name in MOVES:
        row.append(node)
        uses = region.comparison.uses[node]
        if node not in region.between or len(uses) != 1:
            break
        node = uses[0][0]
    for end in range(len(row), 0, -1):
        yield row[:end]


def _through(row: list[Value], arranged: Move) -> Callable[[Any, Any], Any]:
    """What is passed back by a wrong way from the end of the row; the gradient there is that of its first, moved on."""

    def spread(upstream: Any, _: Any) -> Any:
        for node in row[1:]:
            assert node.op is not None
            upstream = node.op.forward(upstream)
        return arranged(upstream)

    return spread


def _arrangements(count: int, shape: tuple[int, ...]) -> Iterator[Move]:
    """The ways to put an array of so many axes into a shape, with axes exchanged before or after it is reshaped."""
    for axes in permutations(range(count)):
        yield lambda g, axes=axes: g.transpose(axes).reshape(shape)  # type: ignore[misc]
    for axes in permutations(range(len(shape))):
        turned, back = [shape[axis] for axis in axes], np.argsort(axes)
        yield lambda g, turned=turned, back=back: g.reshape(turned).transpose(back)  # type: ignore[misc]


def of_the_places(region: Region) -> Iterator[Guess]:
    """The right numbers, each once, in whatever other order."""
    found: Floats = np.zeros(region.chain.size)
    found[np.argsort(region.written, axis=None)] = np.sort(region.chain, axis=None)
    clause = f"{WRONG_PLACES} in which order are the axes, and the entries along each?"
    yield Guess("transposed", found.reshape(region.shape), clause)
