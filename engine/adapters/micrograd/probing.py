"""`probe`: the program that builds a graph of the user's own engine and walks back, or a graph that it has left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from ...arrays.amounts import alike, is_anything, plain, shape_of
from ...errors import NotFiniteError
from ...graph import is_node
from ...memory import big_graph
from ...repair.deadline import Deadline, Progress
from ...repair.effects import without_effects
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.status import Status
from ..errors import OwnGraphError
from ..reached import reached
from ..reading import Cause, Reading
from ..sandbox import as_they_were
from .blaming import Blame, Fault
from .engine import GRAD, has
from .graph import Graph, is_bare
from .mirror import Mirror
from .operations import LARGE, Operations, Point, elsewhere, recognised, sample_of, with_whole_root
from .program import Program, UnrepeatedError, WalkAgain, walked
from .walks import fitted, walker_of

EXACT = 1e-6
MOST_MADE = 3_000
_UNTRIED = ("not-recorded", "order", "in-place")
"""Of these no small change of a rule is a fix."""


def probe(target: Any, *, quick: bool = False, progress: Progress | None = None) -> Comparison:
    """Check the user's own autograd engine, by a program or a finished graph.

    A function is run again, and watched: what each line passes on is compared with what belongs there, also with other
    data in the leaves and with something in the gradients when the walk begins. A rule that is wrong is run again with
    one small change of its code after the other: what fixes it proves the line. Of a graph that is there the walk alone
    can be run again. Afterwards all is as it was.

    It reads micrograd and what derives from it (`data`, `grad`, children in a set or a list, rules in closures or
    methods), engines with local gradients beside the children, and those with a class for each operation; numbers or
    NumPy arrays. A node that has no label is called by the variable that holds it.

    Args:
        target: a function without arguments that returns the node at which it has called backward(); or that node.
        quick: whether to do without experiments.
        progress: called from two seconds on, with the seconds that have passed and the most that there may be.

    Returns:
        A Comparison on nodes of ours that stand for the user's, with `comparison[node]` for one of those. Each wrong
        line is one cause, with `.source` (file, line, that line's text); it is None where nothing is written wrongly,
        as with gradients that were not set to zero. Its `patch` is the smallest edit that fixes all rules, "" where
        none was found. A node with `requires_grad=False` is not asked for.

    Raises:
        UnreadableGraphError: the class has no data, operands or gradient that can be read.
        OwnGraphError: the graph is made of handgrad's own nodes.
        NotFiniteError: a node holds nan or an infinity.

    Examples:
        >>> from handgrad import probe
        >>> from micrograd.engine import Value
        >>> def build():
        ...     a, b = Value(2.0), Value(-3.0)
        ...     L = (a * b + a).relu()
        ...     L.backward()
        ...     return L
        >>> probe(build).ok
        True
    """
    frame = sys._getframe(1)
    return probed(target, frame.f_locals, frame.f_globals, quick=quick, progress=progress)


def probed(
    target: Any, *scopes: Mapping[str, Any], quick: bool = False, progress: Progress | None = None
) -> Comparison:
    """Probe a target, given the variables that hold the nodes.

    Of two names for one node, that in the first scope counts.
    """
    with big_graph(), without_effects() as effects:
        deadline = None if quick else Deadline(progress)
        is_program = callable(target) and not any(has(target, name) for name in GRAD)
        found = _of_program(target, scopes, deadline) if is_program else _of_root(target, scopes)
    found.remark = f"{found.remark} {effects.remark}".strip()
    return found


def _of_program(build: Callable[[], Any], scopes: Sequence[Mapping[str, Any]], deadline: Deadline | None) -> Comparison:
    with as_they_were(build, _spaces(reached([build])), ()) as restore:
        root = build()
        if is_node(root):
            raise OwnGraphError
        program = Program(build, root)
        restore()
        spaces = _spaces([*program.functions, *reached([build])])
        with as_they_were(build, spaces, program.classes) as again:
            try:
                probe = _Probe(Program(build, root, again), scopes)
                if not probe.has_walked and program.walker is not None:
                    probe = _Probe(Program(lambda: walked(build()), root, again), scopes)
                return probe.comparison(deadline)
            except UnrepeatedError:
                again()
        return _of_root(build(), scopes)


def _of_root(root: Any, scopes: Sequence[Mapping[str, Any]]) -> Comparison:
    if is_node(root):
        raise OwnGraphError
    walker = walker_of(root)
    program = Program(lambda: root, root)
    graph = Graph(program)
    with as_they_were(root, _spaces(program.functions), program.classes) as restore:
        standing = with_whole_root(graph, program.grads, program.data)
        again = WalkAgain(root, program.outside)
        again_walked = Program(lambda: root if walker is None else again(), root, restore)
        try:
            return _Probe(again_walked, scopes, standing, again).comparison(None)
        except NotFiniteError:
            raise
        except Exception as error:  # whatever their code says of it
            kind = type(error).__name__
            remark = _TOO_DEEP if isinstance(error, RecursionError) else _RAISES.format(kind)
        restore()
        probe = _Probe(Program(lambda: root, root, restore), scopes, standing)
        probe.remarks.append(remark)
        return probe.comparison(None)


def _spaces(functions: Sequence[FunctionType]) -> list[dict[str, Any]]:
    return list({id(one.__globals__): one.__globals__ for one in functions}.values())


class _Probe:
    def __init__(
        self,
        program: Program,
        scopes: Sequence[Mapping[str, Any]],
        standing: Sequence[Any] | None = None,
        again: WalkAgain | None = None,
    ) -> None:
        self._program, self._standing, self._again = program, standing, again
        self.remarks: list[str] = []
        self._presets: list[Point] = []
        self._graph = graph = Graph(program)
        if graph.is_built and len(graph.made) > MOST_MADE:  # many steps of a training
            raise UnrepeatedError
        data = program.data

        def fits(place: int, parents: Sequence[int]) -> bool:
            return recognised(graph, place, [sample_of(graph, place, parents, data, data)]) is not None

        graph.find_unrecorded(data, fits)
        self._here = here = Point(graph, {})
        self.has_walked = any(map(is_anything, here.grads))
        self._has_begun = again is None or again.has_begun
        self._points = [here]
        if graph.is_built and len(graph.order) <= LARGE:
            self._points += elsewhere(graph, here)
        self._operations = Operations(graph, [one.data for one in self._points])
        names = graph.names(here.data, here.names, *scopes)
        self._cleared = self._find_cleared()
        asked = self._asked(names)
        self._mirrors = [Mirror(one, self._operations, names, asked, one.grads) for one in self._points]
        self._shown = self._mirrors[0]
        if standing is not None:
            self._shown = Mirror(here, self._operations, names, asked, standing)

    def _find_cleared(self) -> frozenset[int]:
        """Find the nodes whose gradients the walk forgets, once they are passed on."""
        graph, grads = self._graph, self._here.grads
        inner = {place for place in graph.order if graph.parents[place] and place != graph.root}
        empty = {place for place in graph.order if not is_anything(grads[place])}
        passed = {one.consumer for one in self._here.walk.writes}
        return frozenset(empty & {*inner, graph.root}) if inner and inner <= empty and inner & passed else frozenset()

    def _asked(self, names: Mapping[int, str]) -> list[int]:
        """Return the places of the nodes that want a gradient.

        A bare number that is an exponent wants none.
        """
        graph = self._graph
        powers = {
            parents[1]
            for place in graph.order
            if len(parents := graph.parents[place]) == 2
            and "pow" in graph.name(place)
            and is_bare(names.get(parents[1], ""))
        }
        left_out = self._cleared | powers
        return [one for one in graph.order if one not in left_out and graph.engine.is_asked(graph.made[one].node)]

    def comparison(self, deadline: Deadline | None) -> Comparison:
        """Return the verdict.

        Args:
            deadline: when experiments have to be over; None does without them.
        """
        faults, can_judge = self._faults()
        if not faults and can_judge:
            faults, can_judge = self._since()
        patch = ""
        told = faults
        if faults and deadline is not None and not any(one.is_of_walk or one.kind in _UNTRIED for one in faults):
            from .proving import LATE, prove, restated  # where all is right, nothing of it is loaded

            proof = prove(self._program, self._mirrors, self._presets, faults, deadline)
            if proof.is_whole:
                told = restated(faults, proof)
                patch = proof.patch if len(told) <= len(proof.causes) else ""
            self.remarks += [LATE] if proof.is_late else []
        return self._told(told, patch, can_judge)

    def _faults(self) -> tuple[list[Fault], bool]:
        """Find what is wrong, and tell whether the gradients there can be checked."""
        standing = self._standing
        has_run = standing is None or any(map(is_anything, standing))
        if standing is not None and (self._again is None or self._program.walker is None):
            return [], has_run
        if standing is not None and has_run and self._is_done_elsewhere(standing):
            self.remarks.append(_ELSEWHERE)
            self._standing = None
            return [], True
        if self._operations.changed:
            return [], True
        blame = Blame(self._program, self._mirrors)
        faults = blame.faults()
        if not any(one.is_of_walk or one.kind in _UNTRIED for one in faults) and len(self._graph.order) <= LARGE:
            preset = self._preset()
            if preset is not None:
                faults = blame.of_what_stood(preset)
                self._presets = [preset] if blame.hands_on else []
        if not has_run and not faults and not self._has_begun:
            return [blame.of_no_beginning()], False
        self.remarks += [] if has_run else [_NOT_RUN]
        return faults, has_run

    def _is_done_elsewhere(self, standing: Sequence[Any]) -> bool:
        """Tell whether gradients stand where another walk brings none.

        They came by hand or by a list, or the walk lets go of the graph.
        """
        graph, grads = self._graph, self._here.grads
        is_more = any(is_anything(standing[one]) and not is_anything(grads[one]) for one in graph.order)
        near = {graph.root, *graph.parents[graph.root]}
        goes_on = any(is_anything(grads[one]) for one in graph.order if one not in near)
        return is_more and (not self._shown.base.wrong or not goes_on)

    def _since(self) -> tuple[list[Fault], bool]:
        """Find what has happened to a graph apart from a single walk.

        That is the caller's doing, not the rules'.
        """
        graph, here, standing = self._graph, self._here, self._standing
        if standing is None:
            left = [one for one in here.left if one in self._shown.places.values()]
            differ = left if self._shown.base.wrong else []
            is_twice = here.times > 1
        else:
            differ = [one for one in graph.order if not _is_same(standing[one], here.grads[one])]
            is_twice = bool(differ) and self._is_of_two(standing)
        if self._operations.changed:
            return self._of_a_change(self._operations.changed, bool(differ))
        wrong = [one for one in differ if self._shown.base[self._shown[one]].status is Status.WRONG]
        for place in (wrong or differ)[:1]:
            name = self._shown.name(place)
            if is_twice:
                clause = (
                    "backward() has been called twice on this graph, and the gradients were not set to zero in between."
                )
                return [Fault(place, 0, "double", clause, None, name, ("stale",), is_of_walk=True)], True
            clause = "a fresh copy of the graph gets another gradient by the same backward(): was it zero before?"
            return [Fault(place, 0, "stale", clause, None, name, is_of_walk=True)], True
        return [], True

    def _of_a_change(self, changed: Sequence[int], has_other_grads: bool) -> tuple[list[Fault], bool]:
        graph, mirror = self._graph, self._shown
        uses: dict[int, list[int]] = {}
        for place in changed:
            for one in {place, *graph.parents[place]}:
                uses.setdefault(one, []).append(place)
        place = max(
            uses,
            key=lambda one: (
                len(uses[one]),
                not graph.parents[one],
                bool(graph.engine.label(graph.made[one].node)),
                -one,
            ),
        )
        if has_other_grads or not (graph.parents[place] or self._is_read(place)):
            self.remarks.append(_STEPPED.format(mirror.name(place)))
            return [], False
        clause = "its data was changed, in place, after it had been computed and before backward()."
        return [Fault(place, 0, "in-place", clause, None, mirror.name(place), ("stale",), is_of_walk=True)], True

    def _is_read(self, place: int) -> bool:
        """Tell whether the backward pass reads the data of a node.

        Other data gives other gradients then.
        """
        try:
            self._program({place: 0.5 * self._here.data[place] + 0.3})
        except Exception:  # whatever their code says of it
            return False
        return not all(map(_is_same, self._here.grads, self._program.grads))

    def _is_of_two(self, standing: Sequence[Any]) -> bool:
        """Tell whether two walks, without zeroing in between, give what stands there."""
        assert self._again is not None
        self._again.times = 2
        try:
            self._program()
        except Exception:  # a graph that can be walked once
            return False
        finally:
            self._again.times = 1
        grads = with_whole_root(self._graph, self._program.grads, self._program.data)
        return all(_is_same(standing[one], grads[one]) for one in self._graph.order)

    def _preset(self) -> Point | None:
        """Run the program with something in the gradients when the walk begins.

        None where it raises something.
        """
        rng = np.random.default_rng(3)
        amounts = [
            rng.uniform(2.0, 3.0, size=shape_of(one)) if shape_of(one) else float(rng.uniform(2.0, 3.0))
            for one in self._here.data
        ]
        try:
            return Point(self._graph, {}, amounts)
        except Exception:  # whatever their code says of it
            return None

    def _told(self, faults: Sequence[Fault], patch: str, can_judge: bool) -> Comparison:
        mirror, base = self._shown, self._shown.base
        causes: dict[Value, Cause] = {}
        for fault in faults:
            node, operand = self._place(fault, causes)
            slip = fault.slip(base.names.phrase(operand))
            if base[node].status is Status.CORRECT:
                slip = replace(slip, message=f"{slip.message} {_RIGHT_HERE}")
            causes[node] = Cause(slip, fault.source)
        if not causes and can_judge:
            causes = {one.node: Cause(one.slip, None) for one in base.causes}
        graph = self._graph
        at = {
            id(one): place
            for nodes in (self._here.nodes, [one.node for one in graph.made])
            for place, one in enumerate(nodes)
        }
        judged = frozenset(mirror[one] for one in mirror.judgeable) if can_judge else frozenset()
        unknown = dict.fromkeys(graph.name(one) for one in mirror.unknown)
        untold = f"The rule of {', '.join(unknown)} could not be asked alone, and is taken as it is." if unknown else ""

        def ours(node: Any) -> Value | None:
            place = at.get(id(node))
            return mirror[place] if place is not None and place in mirror.places.values() else None

        remarks = [
            *self.remarks,
            _CLEARED if self._cleared else "",
            untold,
            *self._shapes(),
        ]
        found = Comparison(Reading(base.evidence, causes, judged, ours, remarks).evidence)
        found.patch = patch
        return found

    def _shapes(self) -> Iterator[str]:
        """Yield a remark on each right gradient whose shape is not its node's."""
        mirror = self._shown
        for place in mirror.judgeable:
            held, one = self._here.grads[place], mirror.base[mirror[place]]
            if one.status is Status.CORRECT and np.size(held) > 1 and np.shape(held) != one.shape:
                yield _ANOTHER_SHAPE.format(one.name, np.shape(held), one.shape)

    def _place(self, fault: Fault, taken: Mapping[Value, Any]) -> tuple[Value, Value]:
        """Return the node that shows a fault, and the operand with the wrong number."""
        mirror, parents = self._shown, self._graph.parents[fault.place]
        node = mirror[fault.place]
        operand = mirror[parents[fault.which]] if fault.which < len(parents) and not fault.is_of_walk else node
        pairs = [(operand, operand), (node, operand)]
        free = [pair for pair in pairs if pair[0] not in taken] or pairs
        return min(free, key=lambda pair: (mirror.base[pair[0]].status is not Status.WRONG, pair[0] is not pair[1]))


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two gradients are the same; none is 0."""
    if one is None or other is None:
        return not is_anything(one if other is None else other)
    return alike(plain(fitted(one, other)), plain(other), EXACT, 1e-12)


_NOT_RUN = "backward() has not been called on this graph: its rules and its walk were tried on it."
_ELSEWHERE = "backward() brings fewer gradients to the graph than stand there: its walk was not tried."
_RAISES = "backward() raises {} on the graph, and was not tried."
_TOO_DEEP = "The graph is too deep for its own backward(), which was not tried."
_STEPPED = (
    "The data of {} was changed after the forward pass, as by a step of descent: the gradients that stand there cannot "
    "be judged. Probe before the step."
)
_ANOTHER_SHAPE = "The numbers of the gradient of {0} are right; it has shape {1}, and {0} has shape {2}."
_RIGHT_HERE = "The number here is right all the same: nothing in this graph shows it."
_CLEARED = "backward() sets the gradients on the way to zero again, so that those of the leaves alone were judged."
