"""A rule that is wrong tried by experiment: which small change of it, or of what it calls, gives what belongs there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays.amounts import draw_like, plain, shape_of
from ...repair.attributes import attributes, is_object
from ...repair.deadline import Deadline
from ...repair.proof import Proof, experiment
from ...repair.trial import Numbers, Outcome, Point, Subject
from ...rulecheck.exercise import COARSE, MEASURED, true_for
from ..reached import reached
from .asking import Asker, Sitting
from .functions import held_by
from .graph import Graph
from .making import Makers
from .pullbacks import Kind
from .subject import Fault

if TYPE_CHECKING:
    from .operations import Operation

EXACT = 1e-6
DATA, OUTPUT = "(data)", "(output)"
"""What a rule leaves as it is, beside what it passes on: the data of all nodes, and what comes out forward."""
ELSEWHERE = 4
_SEEN = ("overwrites", "in-place")
"""The kinds of faults whose line is seen; that of a wrong number is where it is written, and not where it is made."""


class Prover:
    """Tries the wrong rules of one graph."""

    def __init__(
        self, graph: Graph, makers: Makers, asker: Asker, deadline: Deadline, operations: Sequence[Operation]
    ) -> None:
        self._graph, self._engine, self._makers, self._asker = graph, graph.engine, makers, asker
        self._deadline, self._operations = deadline, operations

    def proof(self, operation: Operation, sittings: Sequence[Sitting], faults: Sequence[Fault]) -> Proof:
        """What experiments show of the rule of one operation.

        Args:
            sittings: the rule asked, here and elsewhere.
            faults: what was found to be wrong with it.
        """
        tried = list(self._tried(operation, sittings))
        wrong = [place for place, one in enumerate(tried) if one.is_wrong()]
        if not wrong:
            return Proof()
        here = tried.pop(wrong[0])
        sitting = here.sitting
        rule, kinds = sitting.place.pullback, [type(self._graph.root), type(sitting.place.pullback.owner)]
        maker = self._makers.function(sitting.place)
        rules = [rule.function, *(rule.called if rule.kind is Kind.LOCALS and rule.called else ())]
        is_of_forward = rule.kind is Kind.LOCALS and rule.called is None
        codes = set(rule.codes)
        others = (one for one in self._operations if one is not operation)
        alike = [one for one in others if not codes.isdisjoint(one.places[0].pullback.codes)]
        functions = reached([*rules, maker, *(one.function for one in alike)], kinds)
        subject = Subject(
            functions=functions,
            here=here.point(is_of_forward),
            elsewhere=lambda: (one.point(is_of_forward) for one in (*tried[:ELSEWHERE], *self._right_points(alike))),
            known=list(self._known(here)),
            ran=here.point(is_of_forward).lines(functions),
            shared=frozenset(
                (one.__code__.co_filename, one.__code__.co_name) for one in ([] if is_of_forward else reached([maker]))
            ),
            share=here.share,
            upstream=frozenset(self._upstream(sitting)),
            believed=frozenset(
                fault.source[:2] for fault in faults if fault.source is not None and fault.kind in _SEEN
            ),
            at_hand=list(self._at_hand(sitting)),
        )
        return experiment(subject, self._deadline)

    def _tried(self, operation: Operation, sittings: Sequence[Sitting]) -> Iterator[_Tried]:
        """The points, those first at which the operation itself is done again: a change of it shows there alone."""
        rng = Random(3)
        for sitting in sorted(sittings, key=lambda one: not one.is_again):
            rule = sitting.asked.rule
            try:
                truth = operation.truth(sitting.place, rule.inputs, rule.output)
                true = true_for(sitting.asked, truth)
            except (ArithmeticError, ValueError):  # no slope at that point
                continue
            if not operation.is_steady(sitting.place, rule.inputs):
                continue
            share = (COARSE if sitting.asked.is_coarse else MEASURED) if truth.is_measured else EXACT
            share = max(share, COARSE if sitting.asked.is_coarse else 0.0)
            stood = [draw_like(x, rng, 2.0, 3.0) for x in rule.inputs]
            yield _Tried(self._asker, sitting, true, stood, share)

    def _right_points(self, operations: Sequence[Operation]) -> Iterator[_Tried]:
        """Find a point of each operation whose rule is right there: a fix must leave it so."""
        for one in operations:
            again = islice((sitting for sitting in self._asker.sittings(one) if sitting.is_again), 1)
            yield from (point for point in self._tried(one, list(again)) if not point.is_wrong())

    def _known(self, here: _Tried) -> Iterator[Numbers]:
        asked = here.sitting.asked
        for place, (x, true) in enumerate(zip(asked.rule.inputs, here.true)):
            yield Numbers("data", f"x{place}", np.asarray(x))
            yield Numbers("gradient", f"x{place}", np.asarray(true))
        yield Numbers("data", "out", np.asarray(asked.rule.output))
        yield Numbers("gradient", "out", np.asarray(asked.upstream))

    def _upstream(self, sitting: Sitting) -> Iterator[str]:
        for name, held in self._held(sitting).items():
            if held is sitting.place.node:
                yield f"{name}.{self._engine.grad_name}"

    def _at_hand(self, sitting: Sitting) -> Iterator[str]:
        """What the nodes hold that a rule has at hand, and what the operation remembers."""
        engine = self._engine
        for name, held in self._held(sitting).items():
            if engine.is_node(held):
                yield f"{name}.{engine.data_name}"
                if held is sitting.place.node and engine.grad_name:
                    yield f"{name}.{engine.grad_name}"
            elif is_object(held):
                yield from (f"{name}.{one}" for one in attributes(held))

    def _held(self, sitting: Sitting) -> Mapping[str, Any]:
        place = sitting.place
        if place.pullback.is_closure:
            return held_by(place.pullback.called)
        code = place.pullback.function.__code__ if place.pullback.function is not None else None
        names = () if code is None else code.co_varnames[: code.co_argcount]
        if place.pullback.kind is Kind.METHOD:
            return dict(zip(names, [place.node]))
        return dict(zip(names, [place.pullback.context or place.pullback.owner]))


class _Tried:
    """A rule at one point, with something in the gradients of its operands beforehand."""

    def __init__(self, asker: Asker, sitting: Sitting, true: Sequence[Any], stood: Sequence[Any], share: float) -> None:
        self._asker, self.sitting, self.true, self._stood, self.share = asker, sitting, true, stood, share
        rule = sitting.asked.rule
        self._asked = [n for n in range(len(rule.inputs)) if n not in rule.twins and n not in rule.unasked]
        self._expected = self._truth()

    def is_wrong(self) -> bool:
        """Whether the rule gives something wrong here."""
        point = self.point(False)
        try:
            outcome = point.run(lambda: None)
        except Exception:  # whatever their code says of it
            return False
        return bool(point.wrong(outcome))

    def point(self, is_of_forward: bool) -> Point:
        """Return the point.

        Args:
            is_of_forward: whether what it gives is computed in the forward.
        """

        def run(between: Callable[[], None]) -> Outcome:
            return self._run((lambda: None) if is_of_forward else between)

        return Point.of_rule(run, self._expected, self.share)

    def _truth(self) -> Mapping[str, Any]:
        answer, _ = self._pulled(lambda: None)
        before = self._stood if answer.writes else [0.0 * one for one in self._stood]
        found = {str(n): np.asarray(self.true[n] + before[n]) for n in self._asked}
        return {**found, DATA: np.asarray(1.0), OUTPUT: np.asarray(self.sitting.asked.rule.output)}

    def _pulled(self, between: Callable[[], None]) -> Any:
        sitting = self.sitting
        return self._asker.pulled(sitting.place, sitting.made, sitting.asked.upstream, self._stood, between)

    def _run(self, between: Callable[[], None]) -> Outcome:
        answer, output = self._pulled(between)
        zeros = (np.zeros(shape_of(x)) for x in self.sitting.asked.rule.inputs)
        given = [zero if one is None else plain(one) for one, zero in zip(answer.given, zeros)]
        found = {str(n): np.asarray(given[n]) for n in self._asked}
        found |= {DATA: np.asarray(float(not answer.changed)), OUTPUT: np.asarray(output)}
        return Outcome(found, [np.asarray(output)])


def restated(faults: Sequence[Fault], proof: Proof) -> list[Fault]:
    """The faults of a rule with the lines that experiments have proven, each line once.

    What is not among the numbers that it passes on, such as a walk of its own, stays as it was found.
    """
    found: list[Fault] = []
    left = list(faults)
    for cause in proof.causes:
        own = [one for one in faults if str(one.which) in cause.fixed or DATA in cause.fixed]
        own = own or list(faults)
        left = [one for one in left if not any(one is other for other in own)]
        shown = min(own, key=lambda one: (not one.is_named, not cause.is_at(one.source)))
        also = tuple(dict.fromkeys([*shown.also, *([cause.kind] if cause.kind != shown.kind else [])]))
        if shown.is_named:
            found.append(shown._replace(source=cause.source, clause=shown.clause + cause.otherwise, also=also))
        else:
            clause = cause.hint + cause.otherwise
            found.append(shown._replace(source=cause.source, kind=cause.kind, clause=clause, also=shown.also))
    return found + left
