"""The walk of a program watched: which line passes how much of which node's gradient to which operand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from inspect import CO_VARARGS
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from ...amounts import is_amount, is_anything, is_finite, plain
from ...repair.source import branch_lines, codes_within, past_names, source_in, trace_by
from ...repair.user_code import identity, is_their_code
from ...rulecheck.directions import points
from ...verdict.rounding import precision_of
from .engine import get, is_same
from .graph import Graph
from .program import UnrepeatedError

MOST_RETURNED = 16
"""So many returned values are remembered, for the one that is added to a gradient next."""
MOST_ITEMS, MOST_FRAMES = 64, 3
MOST_POINTS = 3
_ADDED = re.compile(r"[-+]=|=.*[-+]")
LARGE = 400
"""A graph of more nodes is run at one point alone, and watched where something is wrong."""

At = tuple[CodeType, int]
Returned = tuple[At, CodeType | None, Sequence[Any]]


class Write(NamedTuple):
    """A change of a gradient.

    Attributes:
        operand, consumer: by their places; the consumer is None where none is at work.
        addend: what it adds to the gradient.
        upstream: the gradient of the consumer at that time.
        lines: the line that changes it, then those of the calls by which the number came to it, inside out.
        at, names: the line at which the consumer is at work, and what it is called there.
        returned: what functions have returned since the last one, each with its line and the code that called it.
    """

    operand: int
    consumer: int | None
    before: Any
    after: Any
    addend: Any
    upstream: Any
    lines: Sequence[At]
    at: At
    names: Sequence[str]
    returned: Sequence[Returned]

    @property
    def inner(self) -> At:
        """Return the line that changes it."""
        return self.lines[0]


class Point:
    """A program at a point, watched.

    Attributes:
        data, grads: of each node, by its place: when the walk begins, and at the end.
        left: the places of the nodes that had a gradient before the walk.
        times: how often it began.
        is_coarse: whether it is computed in less than double precision.
    """

    def __init__(self, graph: Graph, moves: Mapping[int, Any], preset: Sequence[Any] | None = None) -> None:
        """Run the program, and watch it; where the graph is large, watch another run once that is needed."""
        self.graph, self.moves, self.preset = graph, moves, preset
        if len(graph.order) > LARGE:
            self._run(lambda: None)
        else:
            self.walk  # noqa: B018 - looked at now, as it costs little
        if moves and not all(is_finite(self.data[place]) for place in graph.order):
            raise ValueError("outside of its domain")

    def _run(self, between: Callable[[], None]) -> None:
        """Run the program again, and keep its nodes, data and gradients; raise where it makes another graph."""
        graph, program = self.graph, self.graph.program
        root = program(self.moves, preset=self.preset, between=between)
        if len(program.nodes) != len(graph.made) or program.nodes[graph.root] is not root:
            raise UnrepeatedError
        self.nodes, self.data, self.left, self.times = program.nodes, program.data, program.left, len(program.roots)
        self.grads = graph.grads()
        self.is_coarse = any(map(precision_of, self.grads))

    @cached_property
    def walk(self) -> Walk:
        """Return what was seen."""
        walk = Walk(self.graph)
        with trace_by(walk.trace):
            self._run(walk.begin)
        for one in walk.writes:
            walk.by_pair.setdefault((one.operand, one.consumer), []).append(one)
        return walk

    def writes_to(self, operand: int, consumer: int) -> list[Write]:
        """Return how a node's gradient is passed to an operand; what its rule returns, where that is written later."""
        found = self.walk.passed.get(consumer)
        if (operand, consumer) in self.walk.by_pair or found is None:
            return self.walk.by_pair.get((operand, consumer), [])
        _, caller, amounts = found
        given, upstream = amounts[self.graph.parents[consumer].index(operand)], self.grads[consumer]
        if not is_anything(given) or caller is None:
            return []
        return [Write(operand, consumer, None, given, given, upstream, [(caller, 0)], (caller, 0), (), [found])]


def find_other_points(graph: Graph, here: Point) -> list[Point]:
    """Return the program at some other points, as far as it has finite values there."""
    leaves, found = [], list[Point]()
    for place in [place for place in range(len(graph.made)) if not graph.parents[place]]:
        held = np.asarray(getattr(graph.made[place].node, graph.engine.data_name))
        if held.size and not (held.ndim and held.dtype.kind in "iub"):  # targets, that pick by their numbers
            leaves.append(place)
    for point in points([here.data[place] for place in leaves]) if leaves else ():
        with suppress(Exception):  # whatever their code says of it
            found.append(Point(graph, {place: data - here.data[place] for place, data in zip(leaves, point)}))
    return found[:MOST_POINTS]


class Walk:
    """A run, as it is watched.

    Attributes:
        by_pair: the writes by operand and consumer.
        damages: where data was changed in place after it was used, by the places of the nodes; True in the walk.
        early: the places of the nodes whose rule was called when nothing had arrived.
        passed: what a function of the walk has given back of a node, by its place.
        names: the variables of the program that held a node, by its place.
    """

    def __init__(self, graph: Graph) -> None:
        self.writes: list[Write] = []
        self.by_pair: dict[tuple[int, int | None], list[Write]] = {}
        self.damages: list[tuple[int, At, bool]] = []
        self.early: set[int] = set()
        self.passed: dict[int, Returned] = {}
        self.names: dict[int, str] = {}
        self._graph, self._program, self._engine = graph, graph.program, graph.engine
        self._rank = {place: n for n, place in enumerate(graph.order)}
        self._walk = None if self._program.walker is None else self._program.walker.__code__
        self._walkers = frozenset() if self._walk is None else frozenset(codes_within(self._walk))
        self._branches = [] if self._walk is None else branch_lines(self._walk, self._engine.grad_name)
        self._frames: list[list[Any]] = []
        self._grads: dict[int, Any] = {}
        self._data: dict[int, Any] = {}
        self._most = len(graph.parents) - len(self._program.outside)
        self._nodes = dict(enumerate(self._program.outside, self._most))
        self._at = {identity(node): place for place, node in self._nodes.items()}
        self._made = 0
        self._is_back = False
        self._returned: list[Returned] = []
        self._fresh = 0  # so many of these came since the last write

    def begin(self) -> None:
        """Note the gradients and the data that stand there as the walk begins."""
        self.writes.clear()
        self._returned.clear()
        self._is_back = True
        self._note_made()
        for place, node in self._nodes.items():
            self._grads[place] = self._engine.grad(node)
            self._data.setdefault(place, self._engine.data(node))

    def trace(self, frame: FrameType, event: str, returned: Any) -> Any:
        """Note what has changed whenever a line of the user's is done."""
        if event == "call":
            if not is_their_code(frame.f_code, frame.f_globals):
                return None
            self._frames.append([frame, frame.f_lineno, self._arguments(frame) if self._is_back else ()])
            if not self._program.roots and frame.f_code is self._walk:  # one that each node holds on to itself
                self._program.begin(self._engine.root)
            if self._is_back and frame.f_code not in self._walkers:
                self._note_call(frame)
        elif event in ("line", "return"):
            self._check(frame)
            if event == "return":
                line = self._frames.pop()[1]
                self._note_returned((frame.f_code, line), returned)
                self._note_names(frame)
            else:
                self._frames[-1][1] = frame.f_lineno
                if self._is_back and frame.f_lineno in self._branches and frame.f_code is self._walk:
                    self._note_call(frame)
        return self.trace

    def _note_call(self, frame: FrameType) -> None:
        places = [place for place in self._at_work(frame, frame.f_lineno).values() if self._graph.parents[place]]
        if places and not is_anything(self._engine.grad(self._nodes[self._last(places)])):
            self.early.add(self._last(places))

    def _arguments(self, frame: FrameType) -> list[Any]:
        """Return the numbers that a function is called with; a whole one, as an index is, if there is no other."""
        held = map(frame.f_locals.get, frame.f_code.co_varnames[: frame.f_code.co_argcount])
        numbers = [(one, amount) for one in held if (amount := self._amount(one)) is not None]
        floats = [amount for one, amount in numbers if not isinstance(one, int)]
        return floats or [amount for _, amount in numbers]

    def _last(self, places: Iterable[int]) -> int:
        return max(places, key=lambda place: self._rank.get(place, -1))

    def _note_returned(self, at: At, value: Any) -> None:
        """Note which local gradients a call of theirs returned."""
        caller = self._frames[-1][0].f_code if self._frames else None
        things = list(value) if isinstance(value, (tuple, list)) else [value]
        amounts = [self._amount(one) for one in things[:MOST_ITEMS]] if self._is_back else []
        if any(one is not None for one in amounts):
            self._returned = [*self._returned[1 - MOST_RETURNED :], (at, caller, amounts)]
            self._fresh += 1
            if caller in self._walkers:
                for place in set(self._at_work(*self._frames[-1][:2]).values()):
                    if len(self._graph.parents[place]) == len(amounts):
                        self.passed[place] = (at, caller, amounts)
                        self.early |= set() if is_anything(self._engine.grad(self._nodes[place])) else {place}

    def _note_names(self, frame: FrameType) -> None:
        """Note the names of the nodes in a variable; a function that is given nodes is the engine's."""
        code = frame.f_code
        if not self._program.is_inside and len(self._frames) <= MOST_FRAMES:
            near, count = self._near(frame), code.co_argcount + bool(code.co_flags & CO_VARARGS)
            if not {".0", *(name.partition("[")[0] for name in near)} & set(code.co_varnames[:count]):
                self.names |= {near[name]: name for name in reversed(near) if not name.startswith("_")}

    def _amount(self, thing: Any) -> Any:
        if self._engine.grads_are_nodes and self._engine.is_node(thing):
            thing = get(thing, self._engine.data_name)
        return plain(thing) if is_amount(thing) else None

    def _check(self, frame: FrameType) -> None:
        """Note what has changed of the nodes that a function knows, and of their operands."""
        if not self._is_back:
            self._note_made()
        near = set(self._near(frame).values())
        for place in near.union(*(self._graph.parents[one] for one in near)):
            node = self._nodes.get(place)
            if node is None:  # not made yet
                continue
            data = self._engine.data(node)
            if data is not None and not np.array_equal(data, self._data.setdefault(place, data)):
                if self._program.is_inside or (not self._is_back and self._is_used(place, frame.f_code)):
                    self.damages.append((place, (self._frames[-1][0].f_code, self._frames[-1][1]), self._is_back))
                self._data[place] = data
            if self._is_back and not np.array_equal(grad := self._engine.grad(node), self._grads[place]):
                self._note_write(place, self._grads[place], grad)
                self._grads[place] = grad

    def _note_made(self) -> None:
        """Note the nodes made since the last look, and their data."""
        nodes, most = self._program.nodes, min(len(self._program.nodes), self._most)
        for place in range(self._made, most):
            self._at[identity(nodes[place])], self._nodes[place] = place, nodes[place]
            if (data := self._engine.data(nodes[place])) is not None:
                self._data[place] = data
        self._made = most

    def _is_used(self, place: int, code: CodeType) -> bool:
        """Tell whether a node has a consumer, made before or by this function now."""
        made = self._graph.made
        consumers = self._graph.consumers.get(place, ())
        return any(one < self._made or made[one].code is code for one in consumers)

    def _at_work(self, frame: FrameType, line: int) -> dict[str, int]:
        """Return the nodes that a function may be at work on at a line, by their names there."""
        code, past = frame.f_code, past_names(frame.f_code, line)
        near = {name: place for name, place in self._near(frame).items() if "[" not in name and name not in past}
        is_once = sum(other.f_code is code for other, *_ in self._frames) == 1
        if code in self._walkers and len(near) > 1 and is_once:  # the root is a variable of its walk
            own = code.co_varnames[: code.co_argcount]
            near = {name: place for name, place in near.items() if name not in own or place != self._graph.root}
        return near

    def _near(self, frame: FrameType) -> dict[str, int]:
        """Return the nodes in the variables of a function, or in lists in them, by their names there."""
        found: dict[str, int] = {}
        held = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
        is_walker = frame.f_code in self._walkers  # its list of all nodes tells nothing
        for name, thing in {**held, **frame.f_locals}.items():
            place = self._at.get(identity(thing))
            if place is not None:
                found[name] = place
            elif isinstance(thing, (list, tuple)) and len(thing) <= MOST_ITEMS and not is_walker:
                places = ((f"{name}[{n}]", self._at.get(identity(one))) for n, one in enumerate(thing))
                found.update((text, at) for text, at in places if at is not None)
        return found

    def _lines_to(self, addend: Any, within: Sequence[list[Any]]) -> list[At]:
        """Return the line at work, then those of the calls by which a number came to it."""
        found = list[At]()
        for frame, line, given in reversed(within):
            is_next = frame.f_code in [code for code, _ in found]  # of a recursion: the node that passed it on
            found.append((frame.f_code, line))
            if is_next or not any(is_same(one, addend, 1e-9, 0.0) for one in given):
                break
        return found

    def _note_write(self, operand: int, before: Any, after: Any) -> None:
        """Note a change of a gradient, and for which consumer it was made."""
        before_walk = next((n for n, (frame, *_) in enumerate(self._frames) if frame.f_code is self._walk), 0)
        within = self._frames[before_walk:]
        addend = after if not is_anything(before) or after is None else after - before
        lines = self._lines_to(addend, within)
        consumer, at, names = None, lines[0], list[str]()
        if not is_anything(after) and not _ADDED.search(source_in(*lines[0]).text):  # to be set to zero is no gradient
            within = []
        held, parents = set[int](), self._graph.parents
        for frame, line, _ in reversed(within):
            near = self._at_work(frame, line)
            places = set(near.values()) & self._graph.consumers.get(operand, {}).keys()
            # A closure that knows operands alone, one of them made of the other, is called for the node made of both.
            fits = [one for one in places if {*names} <= {*at[0].co_freevars} and held <= {*parents[one]}]
            if fits:
                consumer, held, at = self._last(fits), set(near.values()), (frame.f_code, line)
                names = [name for name, place in near.items() if place == consumer]
            elif consumer is not None:
                break
        upstream = None if consumer is None else self._engine.grad(self._nodes[consumer])
        if self._fresh and self.writes and consumer != self.writes[-1].consumer:
            self._returned = self._returned[-self._fresh :]
        self._fresh = 0
        self.writes.append(Write(operand, consumer, before, after, addend, upstream, lines, at, names, self._returned))
        if is_anything(after):
            self._returned = [one for one in self._returned if len(one[2]) > 1]  # one for each operand
