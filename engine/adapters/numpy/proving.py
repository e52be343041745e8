"""A verdict tried by experiment: their backward is run with one edit after the other, and what fixes it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ...repair.deadline import Deadline
from ...repair.proof import Proof, experiment
from ...repair.trial import Numbers, Point, Subject
from ...verdict.comparison import Comparison
from ...verdict.convention import counts
from ..reached import own
from ..sandbox import quietly
from .again import Again
from .chain import Chain
from .events import Event, Recorder, recording
from .following import Followed
from .matching import NEAR, NEAR_COARSE

MEASURED = 1e-4
"""How near a gradient must be where the truth is measured."""
MOST_MULTIPLES = 3


@dataclass(frozen=True)
class Checked:
    """What a check at one point has found out, beside its verdict.

    Attributes:
        again: runs their code once more.
        truth: the true gradients by the names of the inputs and of what is kept.
        chain: the traced graph; None where the forward was not followed.
        forward: what the forward did.
        backward: what the backward did.
        functions: all of theirs that can be reached.
    """

    again: Again
    truth: Mapping[str, Any]
    chain: Chain | None
    followed: Followed
    upstream: Sequence[Any]
    forward: Recorder
    backward: Recorder
    functions: Sequence[FunctionType]

    @property
    def share(self) -> float:
        return MEASURED if self.chain is None else NEAR_COARSE if self.followed.is_coarse else NEAR

    def point(self) -> Point:
        """The inputs at which it was checked."""
        return Point(self.again, self._is_right, frozenset(self.truth))

    def _is_right(self, name: str, value: Any) -> bool:
        truth = np.asarray(self.truth[name], dtype=float)
        value = np.asarray(value)
        if value.shape != truth.shape:
            return False
        ties = None if self.chain is None else self.chain.ties(self.followed.leaves[name])
        if ties is not None:
            value = np.where(ties, truth, value)
        return near(value, truth, self.share, 1e-12)

    @property
    def upstream_names(self) -> frozenset[str]:
        """What the backward calls the gradients that arrive."""
        return frozenset(
            one.name
            for one in self.backward.arguments
            if any(np.shape(one.value) == np.shape(up) and np.array_equal(one.value, up) for up in self.upstream)
        )

    def known(self) -> Iterator[Numbers]:
        """What is true of the forward."""
        for name, value in self.truth.items():
            yield Numbers("gradient", name, np.asarray(value, dtype=float))
        for value in self.upstream:
            yield Numbers("gradient", "upstream", np.asarray(value, dtype=float))
        if self.chain is None:
            return
        times = [count for count in sorted(counts(self.chain.order)) if count > 1][:MOST_MULTIPLES]
        for node in self.chain.order:
            gradient = np.asarray(self.chain.truth[node], dtype=float)
            yield Numbers("data", node, np.asarray(node.data, dtype=float))
            yield Numbers("gradient", node, gradient)
            for count in times if node.op is not None else ():
                yield Numbers("multiple", node, count * gradient)
            for part in self.chain.contributions(node, self.chain.truth):
                yield Numbers("part", node, np.asarray(part, dtype=float))


def proven(
    found: Comparison,
    checked: Checked,
    elsewhere: Callable[[], Iterable[Checked]],
    deadline: Deadline,
    whole: Checked | None = None,
) -> tuple[Proof, list[Event]]:
    """What experiments show of a backward that is wrong, and what it does where it is fixed.

    Args:
        found: the verdict on the numbers on the way.
        checked: where they are made.
        elsewhere: the same at other points.
        deadline: when it has to be over.
        whole: where the verdict is from, if that is another place: what fixes has to hold there too.
    """
    fixed: list[Event] = []

    def points() -> Iterator[Point]:
        if whole is not None:
            yield whole.point()
        for other in elsewhere():
            yield other.point()

    def look() -> None:
        with recording() as recorder:
            (whole or checked).again(recorder.forget)
        fixed[:] = recorder.events

    subject = Subject(
        functions=list(own(checked.functions)),
        here=checked.point(),
        elsewhere=points,
        known=list(checked.known()),
        ran=frozenset(checked.backward.lines),
        shared=frozenset(checked.forward.functions) if checked.forward is not checked.backward else frozenset(),
        share=checked.share,
        upstream=checked.upstream_names,
        believed=frozenset(cause.source[:2] for cause in found.causes if cause.source is not None),
        look=look,
    )
    with quietly():
        proof = experiment(subject, deadline)
    return proof, fixed
