"""What a `watch` block has found: a reading whose nodes are the calls of Functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...names import Names
from ...repair.source import Source
from ...slips.slip import Slip
from ...value import Value
from ..nodes import node_after
from ..reading import Reading, Shown, read_apart
from .numbers import RTOL, apart, numbers_of
from .recording import Call

WHOLE = "the block"
"""What the root is called: it stands for whatever the outputs of the calls went into."""


class Verdict(NamedTuple):
    """What was found out about a call.

    Attributes:
        call: it.
        actual: what its backward gives for one of its inputs, the wrong one where there is one.
        expected: the true gradient of that.
        numbers: what that input holds.
        slip: the mistake; None for none.
        source: where it is written.
        is_skipped: whether nothing was asked, or nothing can be said.
        why: why nothing can be said, as a sentence; "" for no reason to tell.
    """

    call: Call
    actual: Any
    expected: Any
    numbers: Any
    slip: Slip | None = None
    source: Source | None = None
    is_skipped: bool = False
    why: str = ""


def skipped(call: Call, why: str = "") -> Verdict:
    """Return that a call was not asked, and why."""
    numbers = numbers_of(call.inputs[call.asked[0]])
    return Verdict(call, None, np.zeros(numbers.shape), numbers, is_skipped=True, why=why)


def read(
    verdicts: Sequence[Verdict] = (), sources: Sequence[Sequence[int]] = (), remarks: Sequence[str] = ()
) -> Reading:
    """Return what was found of the calls of Functions in a block.

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
        numbers = np.nan_to_num(np.asarray(verdict.numbers, dtype=float))
        nodes.append(node_after(verdict.call.function.__name__, numbers, [nodes[place] for place in behind]))
    used = {place for behind in sources for place in behind}
    ends = [node for place, node in enumerate(nodes) if place not in used]
    root = node_after(WHOLE, np.zeros(()), ends)
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
