"""Their backward pass on a copy: whether its walk calls the rules in the right order, and each once."""

from __future__ import annotations

import re
from types import FunctionType
from typing import Any

from ...arrays.amounts import is_anything, plain
from ...comparator import compare
from ...repair.lines import calling_line, loop_line, source_in, watched
from ...repair.source import Source, codes_within, function_behind, source_of
from ...slips.slip import Slip
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult
from ...verdict.status import Status
from ..reading import Cause
from .caller import changed, since
from .functions import functions_of
from .pullbacks import RULES, fitted, walker_of
from .subject import Judged, Subject, is_same
from .walking import Order, OutsideError, Walked, order_of


def judged_walk(subject: Subject) -> Judged:
    """Try their backward pass on a copy, and tell what else has come to the graph."""
    has_run = any(map(is_anything, subject.grads))
    not_run = "" if has_run or subject.graph.engine.grad_name is None else _NOT_RUN
    if not subject.walker.is_found or subject.graph.engine.grad_name is None:
        return Judged([], has_run, not_run)
    try:
        once = subject.walker.once
    except RecursionError:
        return Judged([], has_run, _TOO_DEEP)
    except OutsideError:
        return Judged([], has_run, _OUTSIDE)
    except Exception as error:  # whatever their code says of it
        told = f"backward() raises {type(error).__name__} on a copy of the graph, and was not tried."
        return Judged([], has_run, told)
    if _is_done_elsewhere(subject, once):
        return Judged([], has_run, _ELSEWHERE)
    judge = _Judge(subject)
    change = changed(subject)
    causes = judge.causes(once, is_changed=change is not None)
    if not causes and not has_run and not once.has_begun:
        causes = [judge.not_begun()]
        not_run = ""
    if causes or not has_run:
        return Judged(causes, has_run, not_run)
    return since(subject, once, change)


def _goes_on(subject: Subject, once: Walked) -> bool:
    """Whether their walk gets further than from the root to its operands."""
    graph = subject.graph
    near = {id(graph.root), *map(id, graph[graph.root].operands)}
    return any(is_anything(grad) for node, grad in zip(graph.order, once.grads) if id(node) not in near)


def _is_done_elsewhere(subject: Subject, once: Walked) -> bool:
    """Whether gradients stand where the walk of a copy brings none: by hand, by a list, or it lets go of the graph."""
    is_more = any(is_anything(here) and not is_anything(there) for here, there in zip(subject.grads, once.grads))
    return is_more and (not subject.base.wrong or not _goes_on(subject, once))


class _Judge:
    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._graph, self._mirror, self._base = subject.graph, subject.mirror, subject.base
        walker = function_behind(walker_of(self._graph.root))
        assert walker is not None
        self._walker = walker

    def causes(self, once: Walked, *, is_changed: bool) -> list[tuple[Value, Cause]]:
        """Whether the rules, each called once and in the right order, give what their walk gives.

        Args:
            is_changed: whether data was changed since the forward pass, so that there is no truth to hold them to.
        """
        if self._subject.kinds & {"overwrites", "not-recorded", "in-place", "double"}:
            return []
        if not self._subject.kinds and not is_changed:
            held = self._held_against_the_truth(once)
            first = next((one for one in held.results if one.status is Status.WRONG), None)
            # Where the same comes of another order, it is none of the walk's doing.
            return [] if first is None or self._differ_in_order(once) == [] else [self._blamed(first, once)]
        differ = self._differ_in_order(once) or []
        return [self._blamed(self._base[self._mirror[node]], once) for node in differ[:1]]

    def _differ_in_order(self, once: Walked) -> list[Any] | None:
        """The nodes that get another gradient from the rules called one by one, in order, the root first.

        None where that cannot be tried: a rule hands over what is to be added, and adds nothing itself.
        """
        if not all(place.pullback.adds_itself for one in self._subject.operations for place in one.places):
            return None
        try:
            right = self._subject.walker.in_order()
        except Exception:  # whatever their code says of it
            return None
        pairs = zip(reversed(self._graph.order), once.grads[::-1], right.grads[::-1])
        cleared = self._subject.walker.cleared
        return [node for node, here, there in pairs if id(node) not in cleared and not is_same(here, there)]

    def _held_against_the_truth(self, walked: Walked) -> Comparison:
        """The gradients of a copy, compared."""
        asked = []
        before = {}
        for node, grad in zip(self._graph.order, walked.grads):
            ours = self._mirror[node]
            before[ours] = ours.grad
            ours.grad = fitted(grad, ours.data)
            if grad is not None and ours in self._subject.judgeable:
                asked.append(ours)
        try:
            return compare(self._mirror.root, nodes=asked, rtol=self._subject.rtol, typed=False)
        finally:
            for ours, grad in before.items():
                ours.grad = grad

    def _blamed(self, result: NodeResult, once: Walked) -> tuple[Value, Cause]:
        """The cause of a number that their walk makes wrong."""
        if result.node is self._mirror[self._graph.root]:
            clause = (
                "backward starts here with another number than 1. How much does the root change when it does itself?"
            )
            source = self._written(len(self._graph.order) - 1)
            return result.node, self._cause("rule" if result.slip is None else result.slip.kind, clause, source)
        if not self._graph.has_rules:
            return result.node, Cause(result.slip, self._of_a_consumer(result))
        if once.calls:
            return result.node, self._of_calls(order_of(self._graph, once.calls), result)
        return result.node, self._of_numbers(result)

    def _of_a_consumer(self, result: NodeResult) -> Source | None:
        """Where the operation is written that makes the first consumer of a node."""
        consumers = [self._mirror.theirs(term.consumer) for term in result.terms]
        for operation in self._subject.operations:
            if any(place.node is one for place in operation.places for one in consumers):
                return None if operation.function is None else source_of(operation.function)
        return None

    def not_begun(self) -> tuple[Value, Cause]:
        """Their walk does not set the gradient that it begins with, and nobody else did."""
        clause = "it begins with a root whose gradient is 0. How much does the root change when it does itself?"
        code = self._walker.__code__
        source = source_in(code, loop_line(code) or code.co_firstlineno)
        return self._mirror[self._graph.root], self._cause("missing-path", clause, source)

    def _of_calls(self, order: Order, result: NodeResult) -> Cause:
        name = self._name
        if order.early is not None:
            one, later = map(name, order.early)
            clause = (
                f"{one} hands its gradient on before {later} has passed anything to it. Which order has all uses first?"
            )
            also = () if order.repeated is None else ("double",)
            line = loop_line(self._walker.__code__) if order.is_turned else None
            source = None if line is None else source_in(self._walker.__code__, line)
            if source is not None and _TURNS.search(source.text):  # it is turned round, and was right before
                source = None
            return self._cause("order", clause, source or self._ordering(), also)
        if order.repeated is not None:
            again = name(order.repeated)
            clause = f"{again} hands its gradient on more than once. How does the walk know where it has been?"
            return self._cause("double", clause, self._ordering(), ("order",))
        if order.never is not None:
            clause = (
                f"the rule of {name(order.never)} is never called, so nothing arrives below it. Which nodes does the "
                "walk leave out?"
            )
            return self._cause("order", clause, self._ordering(), ("missing-path",))
        return self._of_numbers(result)

    def _of_numbers(self, result: NodeResult) -> Cause:
        """What the numbers alone tell, by the one diagnosis."""
        slip = result.slip
        place = next(i for i, node in enumerate(self._graph.order) if self._mirror[node] is result.node)
        told = "" if slip is None else slip.message
        # One use alone is what an assignment leaves, and nothing at all what has not arrived yet.
        has_one = slip is not None and len(slip.edges) == len(result.terms) - 1 and is_anything(plain(result.actual))
        if slip is not None and slip.kind == "missing-path" and has_one:
            return self._cause("overwrites", told, self._written(place), ("missing-path",))
        if slip is not None and slip.kind == "double":
            return self._cause("double", told, self._ordering(), ("order",))
        clause = told or f"the rules, each called once and in the right order, give another gradient of {result.name}."
        kind = "order" if slip is None or slip.kind == "missing-path" else slip.kind
        also = () if kind == "order" else ("order",)
        return self._cause(kind, clause, self._ordering(), also)

    def _cause(self, kind: str, clause: str, source: Source | None, also: tuple[str, ...] = ()) -> Cause:
        at = "" if source is None else f" ({source.place})"
        return Cause(Slip(kind, f"{self._walker.__name__}{at}: {clause}", also), source)

    def _name(self, place: int) -> str:
        return self._subject.name(self._graph.order[place])

    def _ordering(self) -> Source:
        """The line that puts the nodes in their order: in the walk itself, or in a function that it calls."""
        for function in _helpers(self._walker, type(self._graph.root)):
            line = calling_line(function.__code__, ("append", "appendleft", "insert", "extend"))
            if line is not None:
                return source_in(function.__code__, line)
        line = calling_line(self._walker.__code__, (self._walker.__name__,)) or calling_line(
            self._walker.__code__, RULES
        )
        if line is None and (rule := self._graph[self._graph.root].pullback.function) is not None:
            line = calling_line(rule.__code__, (self._walker.__name__,))
            if line is not None:
                return source_in(rule.__code__, line)
        return source_in(self._walker.__code__, line or self._walker.__code__.co_firstlineno)

    def _written(self, place: int) -> Source | None:
        """The line of their walk that writes the gradient of a node last."""
        nodes = self._subject.walker.copies()
        engine = self._graph.engine
        seen = watched(lambda: self._subject.walker.run(nodes), lambda: engine.raw_grad(nodes[place]), ())
        return None if seen.inner is None else source_in(*seen.inner)


_TURNS = re.compile(r"reversed|::-1|\.reverse\(|\.pop\(")
_NOT_RUN = "backward() has not been called on this graph: its rules and its walk were tried on a copy."
_ELSEWHERE = "backward() brings fewer gradients to a copy of the graph than stand there: its walk was not tried."
_OUTSIDE = "backward() goes by a list of its own, and not by the graph: its walk was not tried on a copy."
_TOO_DEEP = "The graph is too deep for its own backward(), which was not tried."


def _helpers(walker: FunctionType, kind: type) -> list[FunctionType]:
    """The walk and the functions of theirs that it calls by name."""
    names = [name for code in codes_within(walker.__code__) for name in code.co_names]
    methods = dict(functions_of(kind))
    found = [walker]
    for name in names:
        held = walker.__globals__.get(name)
        for one in (methods.get(name), held if isinstance(held, FunctionType) else None):
            if one is not None and one is not walker and not name.startswith("__"):
                found.append(one)
    return found
