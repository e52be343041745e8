"""What a front end brings: the user's pass as a graph of ours, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..amounts import Shape
from ..loading import LazyModule
from ..names import Names
from ..repair.source import Source
from ..slips.slip import Slip
from ..value import Value
from ..verdict import entries
from ..verdict.comparison import ComparisonData
from ..verdict.rounding import Tolerance, UserGradient
from ..verdict.status import CODES, Status

edges, making = (LazyModule("handgrad.arrays", name) for name in ("edges", "making"))


def node_after(name: str, data: Any, operands: Sequence[Value]) -> Value:
    """Return a node that comes after some others, of which nothing else is known."""
    nothing = [edges.Edge(lambda *_, shape=one.shape: np.zeros(shape)) for one in operands]
    made: Value = making.opaque(name, data, nothing)(*operands) if operands else making.array(data)
    made.label = name
    return made


class Cause(NamedTuple):
    """A mistake that was shown where it is made: by a rule asked alone, or by a pass on a copy.

    Attributes:
        slip: None where nothing explains it.
        source: the line of user code; None where nothing is written wrongly.
    """

    slip: Slip | None
    source: Source | None


class Shown(NamedTuple):
    """Something that was asked by itself, and is shown as one node.

    Attributes:
        node: it.
        actual, expected: the gradient that the user's gives, None for none, and what belongs there.
        off: where the two differ, as a mask; None for nowhere, or where they cannot be compared with each other.
        slip: the mistake; None for none.
        source: the line of user code.
        is_skipped: whether nothing was asked, or nothing can be said.
    """

    node: Value
    actual: Any
    expected: Any
    off: Any = None
    slip: Slip | None = None
    source: Source | None = None
    is_skipped: bool = False

    @property
    def user_gradient(self) -> UserGradient:
        """Return what was read as the node's gradient."""
        actual, shape = _number_or_array(self.actual), self.node.shape
        grad = actual if actual is None or not shape else entries.read_array(actual, shape)
        return UserGradient(grad, actual, 0.0)

    @property
    def numeric_status(self) -> Any:
        """Return whether it is off, of an array which entries are."""
        if self.off is None or np.shape(self.off) != self.node.shape:
            return Status.CORRECT
        if not self.node.shape:
            return Status.WRONG if self.off else Status.CORRECT
        return np.where(self.off, CODES[Status.WRONG], CODES[Status.CORRECT]).astype(np.int8)


def read_apart(
    root: Value,
    shown: Sequence[Shown],
    *,
    rtol: float,
    titles: tuple[str, str],
    names: Names | None = None,
    remarks: Sequence[str] = (),
    patch: str = "",
) -> ComparisonData:
    """Return what was found of what was asked one by one.

    Args:
        root: it stands for whatever they went into, and has no verdict.
        shown: in backward order.
        rtol: by which they were checked.
        titles: of what was checked, and of what it was compared with, in a table.
        names: what the nodes are called, where that is not what is usual.
        remarks, patch: of the whole, as of `blame`.
    """
    written = {place: one.user_gradient for place, one in enumerate(shown, 1)}
    graph = ComparisonData(
        root=root,
        order=[root, *(one.node for one in shown)],
        actual=[None, *(written[place].grad for place in written)],
        expected=[0.0, *(_number_or_array(one.expected) for one in shown)],
        statuses=[Status.SKIPPED, *(one.numeric_status for one in shown)],
        tolerance=Tolerance(rtol, typed=False),
        written=written,
        unlisted=frozenset([root]),
        is_apart=True,
        names=names,
        titles=titles,
    )
    causes = {one.node: Cause(one.slip, one.source) for one in shown if one.slip is not None}
    judged = frozenset(one.node for one in shown if not one.is_skipped)
    return blame(graph, causes, judged, remarks=remarks, patch=patch)


def _number_or_array(amount: Any) -> Any:
    return float(amount) if amount is not None and not np.shape(amount) else amount


def blame(
    graph: ComparisonData,
    causes: Mapping[Value, Cause],
    judged: Container[Value] | None = None,
    *,
    remarks: Sequence[str] = (),
    patch: str = "",
) -> ComparisonData:
    """Return what was found of a user's pass with its causes: the rest of what is wrong follows from these.

    Args:
        graph: the pass in nodes of ours, every gradient beside what belongs there, with the verdict by the numbers.
        causes: what is wrong, by the node that shows it.
        judged: the nodes whose numbers can be checked; None for all.
        remarks: sentences about the whole; "" for none.
        patch: the edit that fixes it all; "" for none.
    """
    carried = Status.CARRIED if causes else Status.SKIPPED
    statuses = [
        _status(one, node.shape, Status.WRONG if node in causes else carried)
        if node in causes or ((judged is None or node in judged) and one is not Status.SKIPPED)
        else Status.SKIPPED
        for node, one in zip(graph.order, graph.statuses)
    ]
    return graph._replace(
        statuses=statuses,
        slips={node: cause.slip for node, cause in causes.items()},
        sources={**graph.sources, **{node: cause.source for node, cause in causes.items()}},
        remark=" ".join(filter(None, remarks)),
        patch=patch,
    )


def _status(by_numbers: Any, shape: Shape, wrong: Status) -> Any:
    """Return the status of a node whose wrong numbers have this one, for an array the codes of its entries."""
    is_cause = wrong is Status.WRONG
    if not shape:
        return Status.CORRECT if by_numbers is Status.CORRECT and not is_cause else wrong
    codes = np.full(shape, CODES[by_numbers] if isinstance(by_numbers, Status) else by_numbers, dtype=np.int8)
    off = codes != CODES[Status.CORRECT]
    is_all = is_cause and not off.any()
    codes[off | is_all] = CODES[wrong]
    return codes
