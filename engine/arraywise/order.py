"""Which labelled array is computed from which, and their backward order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .graph import Columns
from .names import ArrayName, array_of

if TYPE_CHECKING:
    from ..value import Value


class ArrayGraph(NamedTuple):
    """A graph of arrays.

    Attributes:
        backward_order: the arrays, each after all that are computed from it.
        operands: of each array, those it is computed from, through nodes that are in none.
        of_root: the same for the root, where it is in no array.
    """

    backward_order: tuple[ArrayName, ...]
    operands: dict[ArrayName, tuple[ArrayName, ...]]
    of_root: tuple[ArrayName, ...]


def array_graph(columns: Columns) -> ArrayGraph:
    """The arrays of a graph and what they are computed from, in the order of the expressions."""
    arrays = list(columns.arrays)
    sets = _operand_sets(columns, arrays)
    operands = {}
    for number, named in enumerate(arrays):
        first = columns.order[columns.arrays[named].nodes[columns.arrays[named].entries.argmin()]]
        listed = _as_written(first, [other for i, other in enumerate(arrays) if sets[number] >> i & 1])
        operands[named] = tuple(other for other in listed if other is not named)
    root = columns.order[0]
    of_root: tuple[ArrayName, ...] = ()
    if array_of(root) is None:
        of_root = tuple(_as_written(root, [other for i, other in enumerate(arrays) if sets[-1] >> i & 1]))
    return ArrayGraph(_backward(arrays, operands, of_root), operands, of_root)


def _operand_sets(columns: Columns, arrays: list[ArrayName]) -> list[int]:
    """Of each array, and last of the root, the arrays it is computed from, a bit each."""
    group = [-1] * len(columns)
    for number, named in enumerate(arrays):
        for place in columns.arrays[named].nodes.tolist():
            group[place] = number
    # What a node shows to its consumers: its array, or what is behind it.
    shown = [1 << number if number >= 0 else 0 for number in group]
    found = [0] * (len(arrays) + 1)
    edges = columns.edges
    for consumer, operand in zip(edges.consumer[::-1].tolist(), edges.operand[::-1].tolist()):
        bits = shown[operand]
        if group[consumer] < 0:
            shown[consumer] |= bits
        else:
            found[group[consumer]] |= bits
    found[-1] = shown[0]
    return found


def _as_written(node: Value, arrays: list[ArrayName]) -> list[ArrayName]:
    """The arrays in the order in which the expression of `node` names them, the others after them."""
    if len(arrays) < 2:
        return arrays
    wanted = set(arrays)
    met: dict[ArrayName, None] = {}
    seen = set()
    stack = list(reversed(node.operands))
    while stack and len(met) < len(wanted):
        inner = stack.pop()
        named = array_of(inner)
        if named is not None:
            met[named] = None
        elif inner not in seen:
            seen.add(inner)
            stack.extend(reversed(inner.operands))
    return [*(named for named in met if named in wanted), *(named for named in arrays if named not in met)]


def _backward(
    arrays: list[ArrayName], operands: dict[ArrayName, tuple[ArrayName, ...]], of_root: tuple[ArrayName, ...]
) -> tuple[ArrayName, ...]:
    """Breadth first from the root, an array once all that are computed from it are placed."""
    waiting = dict.fromkeys(arrays, 0)
    for those in operands.values():
        for named in those:
            waiting[named] += 1
    queue = [named for named in dict.fromkeys((*of_root, *arrays)) if not waiting[named]]
    placed: dict[ArrayName, None] = {}
    while len(placed) < len(arrays):
        if not queue:  # entries of two arrays in turn: a recurrence
            queue = [next(named for named in arrays if named not in placed)]
        named = queue.pop(0)
        if named in placed:
            continue
        placed[named] = None
        ready = []
        for operand in operands[named]:
            waiting[operand] -= 1
            if waiting[operand] == 0:
                ready.append(operand)
        # As people write it: in an elementwise step the parameters before the array it goes on with.
        queue += sorted(ready, key=lambda operand: bool(operands[operand]) and operand.shape == named.shape)
    return tuple(placed)
