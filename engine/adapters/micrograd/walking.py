"""Their `backward()` tried on a copy of the graph: what it gives, and in which order it calls the rules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from ...arrays.amounts import alike, is_anything, shape_of
from ...repair.attributes import put
from ..copies import Copies
from .engine import get
from .graph import Graph
from .leaves import Leaves
from .pullbacks import Kind, arguments_of, passed_on, pullback_of, walk, walker_of
from .subject import is_same

SEEN = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS)
"""The rules whose calls can be seen."""


class HandsOverError(Exception):
    """A rule writes to no operand."""


class OutsideError(Exception):
    """The backward pass of a copy has worked on the graph itself, by a list of nodes that it keeps elsewhere."""


class Walked(NamedTuple):
    """What their backward pass gave on a copy.

    Attributes:
        grads: one a node, in the graph's order; None for none.
        calls: the nodes whose rules were called, by their places in the order; () where that cannot be seen.
        has_begun: whether it set the root's gradient itself.
    """

    grads: tuple[Any, ...]
    calls: tuple[int, ...] = ()
    has_begun: bool = True


class Walker:
    """Runs backward passes on copies of one graph."""

    def __init__(self, graph: Graph, leaves: Leaves) -> None:
        self._graph, self.leaves = graph, leaves

    @property
    def is_found(self) -> bool:
        """Whether they have something that runs a backward pass."""
        return walker_of(self._graph.root) is not None

    @cached_property
    def once(self) -> Walked:
        """Their own backward pass, as of `walked`."""
        return self.walked()

    @cached_property
    def cleared(self) -> frozenset[int]:
        """The ids of the nodes that their backward pass forgets the gradients of, once they are passed on."""
        order = self._graph.order
        try:
            empty = {id(node) for node, grad in zip(order, self.once.grads) if not is_anything(grad)}
        except Exception:  # whatever their code says of it
            return frozenset()
        inner = {id(node) for node in order[:-1] if self._graph[node].operands}
        near = {id(one) for one in self._graph[order[-1]].operands} if inner else set()
        has_arrived = any(id(node) not in empty | near for node in order[:-1])
        return frozenset(empty & {*inner, id(order[-1])}) if inner <= empty and has_arrived else frozenset()

    def walked(self, times: int = 1, changed: Mapping[int, Any] | None = None) -> Walked:
        """Their own backward pass, from gradients as fresh nodes have them.

        Args:
            times: how often it is run, the gradients left as they are in between.
            changed: other data for some nodes, by their ids.

        Raises:
            OutsideError: it does not stay on the copy.
            Exception: whatever their code raises.
        """
        nodes = self.copies()
        calls: list[int] = []
        engine, order = self._graph.engine, self._graph.order
        before = [(get(node, engine.grad_name or ""), engine.grad(node)) for node in order]
        for place, node in enumerate(nodes):
            self._watch(place, node, calls)
            theirs = self._graph.order[place]
            if changed and id(theirs) in changed:
                self._graph.engine.set_data(node, self.leaves.held(changed[id(theirs)]))
        with self._watched(nodes, calls):
            begun = [self.run(nodes) for _ in range(times)]
        if any(not is_same(engine.raw_grad(node), grad) for node, (_, grad) in zip(order, before)):
            for node, (held, grad) in zip(order, before):
                engine.set_grad(node, held)
                if isinstance(held, np.ndarray) and held.flags.writeable:
                    held[...] = grad
            raise OutsideError
        return Walked(self._read(nodes), tuple(calls), all(begun))

    @contextmanager
    def _watched(self, nodes: Sequence[Any], calls: list[int]) -> Iterator[None]:
        """In this block the calls of rules are noted that are methods of a node, or of a class for its operation."""
        places: dict[tuple[CodeType, int], int] = {}
        for place, node in enumerate(nodes):
            there = self._graph[self._graph.order[place]]
            if there.pullback.kind in (Kind.METHOD, Kind.CLASS) and there.pullback.function is not None:
                rule = pullback_of(self._graph.engine, node, len(there.operands))
                for thing in (node, rule.owner, rule.context):
                    if thing is not None and not isinstance(thing, type):
                        places[there.pullback.function.__code__, id(thing)] = place
        before = sys.getprofile()
        if not places or not (before is None or callable(before)):  # a profiler written in C cannot be set again
            yield
            return

        def note(frame: FrameType, event: str, _: Any) -> None:
            code = frame.f_code
            if event == "call" and code.co_argcount:
                place = places.get((code, id(frame.f_locals.get(code.co_varnames[0]))))
                if place is not None:
                    calls.append(place)

        sys.setprofile(note)
        try:
            yield
        finally:
            sys.setprofile(before)

    def in_order(self) -> Walked:
        """Their rules, each called once and in topological order; for rules that write to the operands themselves.

        Raises:
            HandsOverError: a rule hands over what is to be added, and adds nothing itself.
            Exception: whatever their code raises.
        """
        engine = self._graph.engine
        nodes = self.copies()
        self._start(nodes[-1])
        for node, theirs in zip(reversed(nodes), reversed(self._graph.order)):
            count = len(self._graph[theirs].operands)
            grad = engine.grad(node)
            if not count or grad is None:
                continue
            if passed_on(engine, pullback_of(engine, node, count), node, grad, count) is not None:
                raise HandsOverError
        return Walked(self._read(nodes))

    def copies(self) -> list[Any]:
        """A copy of the graph without gradients, in its order."""
        copies = Copies()
        copies.of(self._graph.root)
        nodes = [copies.of(node) for node in self._graph.order]
        for node in nodes:
            self.leaves.renew(node)
        return nodes

    def run(self, nodes: Sequence[Any]) -> bool:
        """Run the backward pass of a copy.

        Args:
            nodes: of the copy, the root last.

        Returns:
            Whether it set the root's gradient itself; else that was set, and it was run again.

        Raises:
            Exception: whatever their code raises.
        """
        root = nodes[-1]
        walker = walker_of(root)
        assert walker is not None
        seed = self._seed()
        begins_with_ones = alike(np.asarray(seed, dtype=float), np.ones(shape_of(seed)), 0.0)
        walk(walker, self.leaves.as_grad(seed), insists=arguments_of(walker) > 0 and not begins_with_ones)
        if not any(map(is_anything, self._read(nodes))):  # one that leaves it to the caller to set the root's
            self._start(root)
            walk(walker, self.leaves.as_grad(seed))
            return False
        return True

    def _seed(self) -> Any:
        engine = self._graph.engine
        data, held = engine.data(self._graph.root), engine.grad(self._graph.root)
        if shape_of(data) and held is not None and shape_of(held) == shape_of(data):
            return held
        return np.ones(shape_of(data)) if shape_of(data) else 1.0

    def _start(self, root: Any) -> None:
        self.leaves.preset(root, self._seed())

    def _watch(self, place: int, node: Any, calls: list[int]) -> None:
        rule = self._graph[self._graph.order[place]].pullback
        if rule.kind is not Kind.FUNCTION or not rule.attribute:
            return
        put(node, rule.attribute, _noted(get(node, rule.attribute), place, calls))

    def _read(self, nodes: Sequence[Any]) -> tuple[Any, ...]:
        return self._graph.engine.grads(nodes)


def _noted(called: Callable[..., Any], place: int, calls: list[int]) -> Callable[..., Any]:
    def noted(*arguments: Any, **words: Any) -> Any:
        calls.append(place)
        return called(*arguments, **words)

    return noted


class Order(NamedTuple):
    """What is to be said of the order in which rules were called.

    Attributes:
        early: a node that handed its gradient on before all of it had arrived, and one that passed to it later, by
            their places in the order; None for none.
        repeated: a node that handed it on more than once; None for none.
        is_turned: whether the operands came before what is computed from them.
        never: a node whose rule was not called; None for none.
    """

    early: tuple[int, int] | None
    repeated: int | None
    is_turned: bool
    never: int | None


def order_of(graph: Graph, calls: Sequence[int]) -> Order:
    """The order in which the rules of a graph were called.

    Args:
        calls: as of `Walked`.
    """
    places = {id(node): place for place, node in enumerate(graph.order)}
    first: dict[int, int] = {}
    for time, place in enumerate(calls):
        first.setdefault(place, time)
    early = None
    for place in range(len(graph.order) - 1, -1, -1):
        for operand in graph[graph.order[place]].operands:
            one = places[id(operand)]
            if early is None and one in first and first.get(place, -1) > first[one]:
                early = (one, place)
    repeated = next((place for place in calls if calls.count(place) > 1), None) if len(first) < len(calls) else None
    with_rules = [place for place, node in enumerate(graph.order) if graph[node].pullback.kind in SEEN]
    never = next((place for place in reversed(with_rules) if place not in first), None)
    sequence = [place for place in sorted(first, key=first.__getitem__) if graph[graph.order[place]].operands]
    turned = len(sequence) > 1 and all(
        first.get(places[id(operand)], -1) < first[place]
        for place in sequence
        for operand in graph[graph.order[place]].operands
        if graph[operand].operands
    )
    return Order(early, repeated, turned, never)
