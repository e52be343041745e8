"""What a `watch` block has found: a reading whose nodes are the calls of Functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import array
from ...arrays.edges import Edge
from ...arrays.opaque import opaque
from ...names import Names
from ...value import Value
from ..reading import Reading, Shown, read_apart
from .numbers import RTOL, apart

if TYPE_CHECKING:
    from .wanted import Verdict

WHOLE = "the block"
"""What the root is called: it stands for whatever the outputs of the calls went into."""


def read(
    verdicts: Sequence[Verdict] = (), sources: Sequence[Sequence[int]] = (), remarks: Sequence[str] = ()
) -> Reading:
    """What was found of the calls of Functions in a block.

    A result is named by the Function's class. Its `actual` and `expected` are the gradients of one input of the call,
    the wrong one where there is one, for a random upstream gradient; those of a complex input have its two parts along
    one more axis.

    Args:
        verdicts: those on the calls, in their order.
        sources: of each call, the places of those that it gets its inputs from.
        remarks: what is to be said of the whole.
    """
    nodes: list[Value] = []
    for verdict, behind in zip(verdicts, sources):
        nodes.append(_node(verdict, [nodes[place] for place in behind]))
    used = {place for behind in sources for place in behind}
    ends = [node for place, node in enumerate(nodes) if place not in used]
    root = _joined(WHOLE, np.zeros(()), ends) if ends else Value(0.0)
    root.label = WHOLE
    shown = [_shown(node, verdict) for node, verdict in [*zip(nodes, verdicts)][::-1]]
    return read_apart(
        root, shown, rtol=RTOL, titles=("backward's", "measured"), names=_ClassNames(root), remarks=remarks
    )


def _shown(node: Value, verdict: Verdict) -> Shown:
    is_told = verdict.slip is not None and np.shape(verdict.actual) == node.shape
    off = apart(verdict.actual, verdict.expected) if is_told else None
    return Shown(node, verdict.actual, verdict.expected, off, verdict.slip, verdict.source, verdict.is_skipped)


class _ClassNames(Names):
    """Every call is called by its class, however often that is."""

    def __getitem__(self, node: Value) -> str:
        return node.label or super().__getitem__(node)


def _node(verdict: Verdict, behind: Sequence[Value]) -> Value:
    """A call as a node: it holds the numbers of the input that is shown of it."""
    numbers = np.nan_to_num(np.asarray(verdict.numbers, dtype=float))
    name = verdict.call.function.__name__
    node: Value = _joined(name, numbers, behind) if behind else array(numbers)
    node.label = name
    return node


def _joined(name: str, data: Any, operands: Sequence[Value]) -> Value:
    made: Value = opaque(name, data, [_nothing(operand) for operand in operands])(*operands)
    return made


def _nothing(operand: Value) -> Edge:
    """The edge between two calls: what lies between them is not looked at."""
    return Edge(lambda gradient, _: np.zeros(operand.shape))
