"""Guesses on reshapes and transposes in a row: undone in another order, or by the wrong axes, as of heads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays.edges import Edge, Floats
from ..edits import Edit, Guess, at_one_or_all
from ..region import Region
from ..use import Use

if TYPE_CHECKING:
    from ...value import Value

MOVES = ("reshape", "transpose")
MOST_AXES = 6
MOST_NUMBERS = 100_000_000
"""So many numbers may be put into other orders."""
MOST_ALIKE_AXES = 4
"""Of arrays with more axes each use is tried alone: there are too many orders to try each at all of them."""

WRONG_PLACES = "these are the right numbers in the wrong places:"
IN_ORDER = "Undo each reshape and each transpose, the last one first."

MOST_OF_ALL = 4
"""Axes of the gradient itself."""
MOST_BLOCKS = 5

Move = Callable[[Any], Any]


def of_the_moves(region: Region) -> Iterator[Guess]:
    yield from at_one_or_all(region, (edit for use in region.uses for edit in _edits(region, use)))


def _edits(region: Region, use: Use) -> Iterator[Edit]:
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
            yield Edit("transposed", use, Edge(_through(row, arranged)), clause, alike, of_all)


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


def exchanged(region: Region) -> Iterator[Guess]:
    """The right numbers, row by row where they belong column by column, or the other way round."""
    chain, shape = region.chain, region.shape
    if not 2 <= len(shape) <= MOST_OF_ALL:
        return
    what = "rows and columns are exchanged" if len(shape) == 2 else "axes are exchanged"
    clause = f"{WRONG_PLACES} {what} (a transpose)."
    for axes in list(permutations(range(len(shape))))[1:]:
        turned = [shape[axis] for axis in axes]
        for numbers in (chain.transpose(axes).reshape(shape), chain.reshape(turned).transpose(np.argsort(axes))):
            yield Guess("transposed", numbers, clause)
    turned_round = f"{WRONG_PLACES} turned round along an axis (a flip)."
    for count in range(1, len(shape) + 1):
        for flipped in combinations(range(len(shape)), count):
            yield Guess("transposed", np.flip(chain, flipped), turned_round)


def in_other_places(region: Region) -> Iterator[Guess]:
    """The right numbers, each once, in whatever other order."""
    found: Floats = np.zeros(region.chain.size)
    found[np.argsort(region.written, axis=None)] = np.sort(region.chain, axis=None)
    clause = f"{WRONG_PLACES} in which order are the axes, and the entries along each?"
    yield Guess("transposed", found.reshape(region.shape), clause)


def blocks_exchanged(region: Region) -> Iterator[Guess]:
    """What belongs to one slice of the array stands in the place of another, as gates or steps in another order."""
    slices = [use for use in region.direct if str(use.consumer.op) == "index"]
    shapes = {use.consumer.shape for use in slices}
    if not 1 < len(slices) <= MOST_BLOCKS or len(shapes) > 1:
        return
    names = region.words.listed(use.consumer for use in reversed(slices))
    clause = f"what belongs to {names} is there, but not each in its own place: in which order are they taken out?"
    for order in list(permutations(slices))[1:]:
        passed: Any = sum(other.upstream * use.local for use, other in zip(slices, order))
        own: Any = sum(region.through(use) for use in slices)
        yield Guess("transposed", region.chain - own + passed, clause)
