"""A rule asked alone, as something to experiment with: what it is to give at each point is known beforehand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from ...arrays.amounts import near
from ..lines import Lines, lines_noted
from .deadline import Deadline
from .dialect import NUMPY, Dialect
from .proof import Proof, experiment
from .tree import Rewritten
from .trial import Numbers, Outcome, Point, Subject


@dataclass(frozen=True)
class Trying:
    """A rule at one point.

    Attributes:
        run: runs its forward and then the rule, and calls what it is given in between.
        truth: by name what it is to give.
    """

    run: Callable[[Callable[[], None]], Outcome]
    truth: Mapping[str, Any]

    def is_right(self, name: str, value: Any, share: float) -> bool:
        """Whether it is what belongs there."""
        there = self.truth[name]
        return value is not None and np.shape(value) == np.shape(there) and near(value, there, share, 1e-12)


@dataclass(frozen=True)
class Alone:
    """A rule of theirs that is wrong.

    Attributes:
        functions: of theirs that it may call, itself among them; those that its forward calls, too.
        forward: those of them that the forward calls.
        here: where it is wrong.
        elsewhere: other points.
        known: numbers that are true at the first point.
        share: how near what it gives must be to the truth.
        upstream: what it calls the gradient that arrives.
        believed: the lines that are blamed as yet.
        dialect: of its arrays.
        at_hand: what it may use besides what it does, as text.
        is_of_forward: whether what it gives is worked out in the forward.
        rewritten, may_change: as of a Subject.
    """

    functions: Sequence[FunctionType]
    forward: Sequence[FunctionType]
    here: Trying
    elsewhere: Sequence[Trying]
    known: Sequence[Numbers]
    share: float
    upstream: frozenset[str]
    believed: frozenset[tuple[str, int]] = frozenset()
    dialect: Dialect = NUMPY
    at_hand: Sequence[str] = ()
    is_of_forward: bool = False
    rewritten: Mapping[FunctionType, Rewritten] = field(default_factory=dict)
    may_change: Callable[[str, ast.AST, ast.AST, str], bool] = lambda *_: True

    def proof(self, deadline: Deadline) -> Proof:
        """What experiments show of it."""
        subject = Subject(
            functions=self.functions,
            here=self._point(self.here),
            elsewhere=lambda: map(self._point, self.elsewhere),
            known=self.known,
            ran=self._ran(),
            shared=frozenset((one.__code__.co_filename, one.__code__.co_name) for one in self.forward),
            share=self.share,
            upstream=self.upstream,
            believed=self.believed,
            dialect=self.dialect,
            at_hand=self.at_hand,
            rewritten=self.rewritten,
            may_change=self.may_change,
        )
        return experiment(subject, deadline)

    def _point(self, trying: Trying) -> Point:
        def is_right(name: str, value: Any) -> bool:
            return trying.is_right(name, value, self.share)

        def run(between: Callable[[], None]) -> Outcome:
            with np.errstate(all="ignore"):
                return trying.run((lambda: None) if self.is_of_forward else between)

        return Point(run, is_right, frozenset(trying.truth))

    def _ran(self) -> Lines:
        """The lines that run for what it gives."""
        ran: set[tuple[str, int]] = set()
        functions = [*self.functions, *(one.runs for one in self.rewritten.values())]
        with lines_noted([one.__code__ for one in functions], ran):
            self.here.run(lambda: None)
        return frozenset(ran)
