"""The walk of a program watched: which line passes how much of which node's gradient to which operand."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ...arrays.amounts import is_amount, is_anything, plain, shape_of
from ...repair.source import codes_within
from ...repair.user_code import is_their_code
from .graph import Graph
from .program import as_grad

MOST_RETURNED = 16
"""So many returned values are remembered, for the one that is added to a gradient next."""
MOST_ITEMS, MOST_FRAMES = 64, 3

At = tuple[CodeType, int]
Returned = tuple[At, CodeType | None, Sequence[Any]]


@dataclass
class Write:
    """A change of a gradient.

    Attributes:
        operand, consumer: by their places; the consumer is None where none is at work.
        before, after: the gradient of the operand.
        upstream: the gradient of the consumer at that time.
        inner: the line that changes it.
        at: the line at which the consumer is at work.
        names: what it calls the consumer.
        returned: what functions have returned since the last one, each with its line and the code that called it.
    """

    operand: int
    consumer: int | None
    before: Any
    after: Any
    upstream: Any
    inner: At
    at: At
    names: Sequence[str]
    returned: Sequence[Returned]

    @property
    def given(self) -> Any:
        """Return what the write adds to the gradient."""
        if self.before is None or not is_anything(self.before):
            return self.after
        return None if self.after is None else self.after - self.before


@dataclass
class Walk:
    """What was seen of a run.

    Attributes:
        writes: the changes of gradients, in the order of their time.
        damages: where data was changed in place after it was used, by the places of the nodes; those of the walk with
            True.
        early: the places of the nodes whose rule was called when nothing had arrived.
        passed: what a function of the walk has given back of a node, by its place.
    """

    writes: list[Write] = field(default_factory=list)
    damages: list[tuple[int, At, bool]] = field(default_factory=list)
    early: set[int] = field(default_factory=set)
    passed: dict[int, Returned] = field(default_factory=dict)

    def passed_to(self, operand: int, consumer: int, point: Any) -> list[Write]:
        """Return what a rule has returned for an operand.

        It is for a walk that writes that elsewhere.
        """
        parents = point.graph.parents[consumer]
        found = self.passed.get(consumer)
        which = parents.index(operand)
        if found is None or len(found[2]) <= which or found[2][which] is None or found[1] is None:
            return []
        at = (found[1], 0)
        return [Write(operand, consumer, None, found[2][which], point.grads[consumer], at, at, (), [found])]


class Watcher:
    """Watches one run."""

    def __init__(self, graph: Graph, begin_with: Any = None) -> None:
        """Prepare to watch the program of a graph.

        Args:
            begin_with: what is put in the place of the gradient that the walk begins with.
        """
        self._begin_with = begin_with
        program, parents = graph.program, graph.parents
        self._graph, self._rank = graph, {place: n for n, place in enumerate(graph.order)}
        self._program, self._engine, self._parents = program, program.engine, parents
        self._consumers: dict[int, list[int]] = {}
        for consumer, operands in enumerate(parents):
            for operand in operands:
                self._consumers.setdefault(operand, []).append(consumer)
        walker = program.walker
        self._walkers = frozenset() if walker is None else frozenset(codes_within(walker.__code__))
        self._walk = None if walker is None else walker.__code__
        self.seen = Walk()
        self._frames: list[list[Any]] = []
        self._grads: dict[int, Any] = {}
        self._data: dict[int, Any] = {}
        count = len(parents) - len(program.outside)
        self._at = {id(node): count + n for n, node in enumerate(program.outside)}
        self._made = 0
        self._is_back = False
        self.names: dict[int, str] = {}
        self._returned: list[Returned] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(before)

    def begin(self) -> None:
        """Note the gradients and the data that stand there as the walk begins."""
        self.seen.writes.clear()
        self._returned.clear()
        self._is_back = True
        self._note_made()
        for node, place in [(self._program.node_at(place), place) for place in self._at.values()]:
            if node is not None:
                self._grads[place] = self._engine.grad(node)
                self._data.setdefault(place, self._engine.data(node))

    def _trace(self, frame: FrameType, event: str, returned: Any) -> Any:
        if event == "call":
            if not is_their_code(frame.f_code, frame.f_globals):
                return None
            self._frames.append([frame, frame.f_lineno])
            if not self._program.roots and frame.f_code is self._walk:  # one that each node holds on to itself
                self._program.begin(self._engine.root)
            if self._is_back and frame.f_code not in self._walkers:
                self._note_call(frame)
            return self._trace
        if event in ("line", "return"):
            if self._frames:
                self._check(self._frames[-1][0])
            while self._frames and self._frames[-1][0] is not frame:
                self._frames.pop()
            if event == "return":
                if self._frames:
                    line = self._frames.pop()[1]
                    caller = self._frames[-1][0].f_code if self._frames else None
                    self._note_returned((frame.f_code, line), caller, returned)
                self._note_names(frame)
            elif self._frames:
                self._frames[-1][1] = frame.f_lineno
        return self._trace

    def _note_call(self, frame: FrameType) -> None:
        places = [place for name, place in self._near(frame).items() if "[" not in name and self._operands(place)]
        if places and not is_anything(self._engine.grad(self._program.node_at(self._last(places)))):
            self.seen.early.add(self._last(places))

    def _last(self, places: Iterable[int]) -> int:
        return max(places, key=lambda place: self._rank.get(place, -1))

    def _note_returned(self, at: At, caller: CodeType | None, value: Any) -> None:
        if not self._is_back or value is None:
            return
        things = list(value) if isinstance(value, (tuple, list)) else [value]
        amounts = [self._amount(one) for one in things[:MOST_ITEMS]]
        if any(one is not None for one in amounts):
            self._returned = [*self._returned[1 - MOST_RETURNED :], (at, caller, amounts)]
            if self._frames and caller in self._walkers:
                root = self._at.get(id(self._program.roots[-1]), -1)
                near = {place for name, place in self._near(self._frames[-1][0]).items() if "[" not in name}
                for place in near - {root} if len(near) > 1 else near:
                    if len(self._operands(place)) == len(amounts):
                        self.seen.passed[place] = (at, caller, amounts)

    def _note_names(self, frame: FrameType) -> None:
        """Note the names of the nodes in the program's variables.

        Variables of a function that is given nodes are the engine's.
        """
        code = frame.f_code
        if self._program.is_inside or len(self._frames) > MOST_FRAMES:
            return
        near = self._near(frame)
        given = code.co_varnames[: code.co_argcount]
        if any(name.partition("[")[0] in given for name in near):
            return
        for name, place in reversed(near.items()):
            if not name.startswith("_"):
                self.names[place] = name

    def _amount(self, thing: Any) -> Any:
        if self._engine.grads_are_nodes and self._engine.is_node(thing):
            thing = getattr(thing, self._engine.data_name)
        return plain(thing) if is_amount(thing) else None

    def _check(self, frame: FrameType) -> None:
        if not self._is_back:
            self._note_made()
        near = self._near(frame)
        places = {*near.values(), *(one for place in near.values() for one in self._operands(place))}
        for place in places:
            node = self._program.node_at(place)
            if node is None:
                continue
            data = self._engine.data(node)
            is_used = self._program.is_inside or (not self._is_back and self._is_used(place, frame.f_code))
            if place in self._data and not _is_same(data, self._data[place]) and is_used:
                self.seen.damages.append((place, (self._frames[-1][0].f_code, self._frames[-1][1]), self._is_back))
            self._data[place] = data
            if self._is_back:
                grad = self._engine.grad(node)
                if not _is_same(grad, self._grads[place]):
                    self._note_write(place, self._grads[place], grad)
                    self._grads[place] = self._engine.grad(node)

    def _note_made(self) -> None:
        nodes = self._program.nodes
        for place in range(self._made, len(nodes)):
            self._at[id(nodes[place])] = place
            self._data[place] = self._engine.data(nodes[place])
        self._made = len(nodes)

    def _is_used(self, place: int, code: CodeType) -> bool:
        """Tell whether a node has a consumer, made before or by this function now."""
        consumers = self._consumers.get(place, ())
        made = self._graph.made
        return any(one < self._made or any(at is code for at, _ in made[one].frames[:1]) for one in consumers)

    def _operands(self, place: int) -> Sequence[int]:
        return self._parents[place] if place < len(self._parents) else ()

    def _near(self, frame: FrameType) -> dict[str, int]:
        """Return the nodes in the variables of a function, by their names there."""
        found: dict[str, int] = {}
        held = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
        for name, thing in {**held, **frame.f_locals}.items():
            place = self._at.get(id(thing))
            if place is not None:
                found[name] = place
            elif frame.f_code in self._walkers:  # its list of all nodes tells nothing
                continue
            elif isinstance(thing, (list, tuple)) and len(thing) <= MOST_ITEMS:
                for n, one in enumerate(thing):
                    if (place := self._at.get(id(one))) is not None:
                        found[f"{name}[{n}]"] = place
        return found

    def _note_write(self, operand: int, before: Any, after: Any) -> None:
        top = self._frames[-1]
        inner = (top[0].f_code, top[1])
        consumer, at, names = None, inner, []
        for frame, line in reversed(self._frames) if is_anything(after) else ():  # to be set to zero is no gradient
            every = self._near(frame)
            near = {name: place for name, place in every.items() if "[" not in name}
            is_once = sum(other.f_code is frame.f_code for other, _ in self._frames) == 1
            if frame.f_code in self._walkers and len(every) > 1 and is_once:  # the root is a variable of its walk
                near.pop(frame.f_code.co_varnames[0] if frame.f_code.co_argcount else "", None)
            places = {place for place in near.values() if place in self._consumers.get(operand, ())}
            if places:
                consumer, at = self._last(places), (frame.f_code, line)
                names = [name for name, place in near.items() if place == consumer]
                break
        if consumer is None and operand == self._graph.root and self._begin_with is not None:
            node = self._program.node_at(operand)
            self._engine.set_grad(node, as_grad(self._engine, node, self._begin_with))
            self._begin_with = None
            return
        upstream = None if consumer is None else self._engine.grad(self._program.node_at(consumer))
        returned = list(self._returned)
        self._returned = [one for one in self._returned if len(one[2]) > 1]  # one for each operand
        self.seen.writes.append(Write(operand, consumer, before, after, upstream, inner, at, names, returned))


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return shape_of(one) == shape_of(other) and bool(np.array_equal(one, other))
