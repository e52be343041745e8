"""A verdict tried by experiment: the backward is run with one edit after the other, and what fixes it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from ...repair.deadline import Deadline
from ...repair.proof import Proof, experiment
from ...repair.trial import Numbers, Point, Subject
from ...value import Value
from ..reached import own
from ..sandbox import quietly
from .expected import Expected
from .recorder import Recorder
from .rerun import Rerun


@dataclass(frozen=True)
class Checked:
    """What a check at one point has found out, beside its verdict.

    Attributes:
        rerun: runs user code once more.
        expected: the true gradients.
        outs: the nodes of the results, each with the gradient that arrives.
        forward: what the forward did.
        backward: what the backward did.
        functions: all user functions that can be reached.
    """

    rerun: Rerun
    expected: Expected
    outs: Sequence[tuple[Value, Any]]
    upstream: Sequence[Any]
    forward: Recorder
    backward: Recorder
    functions: Sequence[FunctionType]

    def point(self) -> Point:
        """Return the inputs at which it was checked."""
        return Point(self.rerun, self.expected.is_right, frozenset(self.expected.leaves))

    def known(self) -> Iterator[Numbers]:
        """Yield what is true of the forward."""
        for value in self.upstream:
            yield Numbers("gradient", "upstream", np.asarray(value, dtype=float))
        yield from self.expected.known()


def proven(
    checked: Checked,
    elsewhere: Callable[[], Iterable[Checked]],
    deadline: Deadline,
    *,
    quick: bool = False,
    whole: Checked | None = None,
) -> Proof:
    """Return what runs of a backward show of it.

    Args:
        checked: where it is run.
        elsewhere: the same at other points.
        quick: whether to do without edits.
        whole: where the verdict is from, if that is another place: what fixes has to hold there too.
    """

    def points() -> Iterator[Point]:
        if whole is not None:
            yield whole.point()
        for other in elsewhere():
            yield other.point()

    subject = Subject(
        functions=list(own(checked.functions)),
        here=checked.point(),
        elsewhere=points,
        known=list(checked.known()),
        ran=frozenset(checked.backward.lines),
        shared=frozenset(checked.forward.functions) if checked.forward is not checked.backward else frozenset(),
        believes_first_write=True,
        share=checked.expected.share,
        upstream=frozenset(checked.backward.handed_in),
        recompute=checked.expected.recompute,
        recompute_loop=checked.expected.recompute_loop,
        is_name_of=checked.expected.is_name_of,
        shown=None if whole is None else whole.point(),
    )
    with quietly():
        return experiment(subject, deadline, quick=quick)
