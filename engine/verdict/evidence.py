"""What a comparison is made of, whoever has found it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .tolerance import Tolerance
from .written import Written

if TYPE_CHECKING:
    from ..names import Names
    from ..slips.slip import Slip
    from ..value import Value


class Wording(NamedTuple):
    """What the numbers of a comparison are called.

    Attributes:
        titles: of what was judged, and of what it was held to, in a table.
        explains: whether a wrong number without a slip is worth a word.
    """

    titles: tuple[str, str] = ("your grad", "expected")
    explains: bool = True


USUAL = Wording()
_NOTHING: Mapping[Any, Any] = {}


class Evidence(NamedTuple):
    """What was found out about the nodes of a graph.

    Attributes:
        root: where backward starts.
        order: the nodes in backward order.
        actual, expected: for each, what stood in its grad, and what belongs there.
        statuses: the verdict on each; on an array one an entry, as an array of codes (`status.CODES`).
        tolerance: by which they were judged.
        written: what was read of some, by places in the order: of every array, and of a number that is no plain float.
            An array that has none has one number for its verdict, as an operation has that made it.
        sizes: the summed sizes of what the expected gradient is the sum of, by places; none where that is not known.
        chosen: local derivatives that are others than their operation's rule says, by consumers; see `ties`.
        rounded: the nodes at which nothing is wrong but that they have too few decimals.
        slips: what is known to be wrong, by nodes; None where the comparison is to look for it itself.
        sources: the line that a gradient was written at, as (file, line, text).
        unlisted: nodes without a verdict of their own, such as a root that stands for all that nobody looked at.
        is_apart: whether each was judged by itself, so that nothing is known of what one passes on to another.
        names: what the nodes are called, where that is not what is usual.
        ours: the node that stands for something of somebody else's; None for none.
        remark: a sentence about the whole.
        patch: an edit of somebody's file that fixes it all, as a unified diff.
        wording: what the numbers are called.
    """

    root: Value
    order: list[Value]
    actual: Sequence[Any]
    expected: Sequence[Any]
    statuses: Sequence[Any]
    tolerance: Tolerance
    written: Mapping[int, Written] = _NOTHING
    sizes: Mapping[int, Any] = _NOTHING
    chosen: Mapping[Value, Sequence[Any]] = _NOTHING
    rounded: frozenset[Value] = frozenset()
    slips: Mapping[Value, Slip | None] | None = None
    sources: Mapping[Value, tuple[str, int, str] | None] = _NOTHING
    unlisted: frozenset[Value] = frozenset()
    is_apart: bool = False
    names: Names | None = None
    ours: Callable[[Any], Value | None] | None = None
    remark: str = ""
    patch: str = ""
    wording: Wording = USUAL
