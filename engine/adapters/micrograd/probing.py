"""`probe`: the program that builds a graph of the user's own engine and walks back, or a graph that it has left."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from ...amounts import is_anything, plain, shape_of
from ...errors import NotFiniteError
from ...memory import big_graph
from ...repair.deadline import Deadline, Progress
from ...repair.effects import hold_effects
from ...repair.user_code import find_reachable, identity, spaces_of
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.status import Status
from ..reading import Cause, blame
from ..sandbox import restore_program
from .blaming import Blame, Fault
from .engine import GRAD, has, is_same, root_of, walker_of
from .graph import Graph
from .operations import Mirror, Operations, recognise
from .program import Program, UnrepeatedError, WalkAgain, walk_back
from .watching import LARGE, Point, find_other_points

EXACT = 1e-6, 1e-12


def probe(target: Any, *, quick: bool = False, progress: Progress | None = None) -> Comparison:
    """Check the user's own autograd engine, by a program or a finished graph.

    A function is run again, and watched: what each line passes on is compared with what belongs there, also with other
    data in the leaves and with something in the gradients when the walk begins. A rule that is wrong is run again with
    one small change of its code after the other: what fixes it proves the line. Of a graph that is there the walk alone
    can be run again. Afterwards all is as it was.

    It reads micrograd and what derives from it (children in a set or a list, rules in closures or methods), engines
    with local gradients beside the children, tapes, and those with a class for each operation; numbers or NumPy arrays,
    by whatever names. A node that has no label is called by the variable that holds it.

    Args:
        target: a function without arguments that returns the node at which it has called backward(), alone or as the
            first of several things; or that node.
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
    return probe_target(target, frame.f_locals, frame.f_globals, quick=quick, progress=progress)


def probe_target(
    target: Any, *scopes: Mapping[str, Any], quick: bool = False, progress: Progress | None = None
) -> Comparison:
    """Probe a target, given the variables that hold the nodes; of two names for one, that in the first scope counts."""
    with big_graph(), hold_effects() as effects:
        deadline = None if quick else Deadline(progress)
        is_program = callable(target) and not any(has(target, name) for name in GRAD)
        found = _probe_program(target, scopes, deadline) if is_program else _probe_root(target, scopes)
    found.remark = f"{found.remark} {effects.remark}".strip()
    return found


def _probe_program(
    build: Callable[[], Any], scopes: Sequence[Mapping[str, Any]], deadline: Deadline | None
) -> Comparison:
    """Judge a program that can be run again."""
    with restore_program(build, spaces_of(find_reachable([build])), ()) as restore:
        program = Program(build, root_of(build()))
        restore()
        with restore_program(build, program.spaces, program.classes) as program.restore:
            try:
                probe = _Probe(Graph(program), scopes)
                if not probe.has_walked and walker_of(program.engine.root) is not None:
                    program.build = lambda: walk_back(root_of(build()), program.engine)
                    probe = _Probe(Graph(program), scopes)
                return probe.comparison(deadline)
            except UnrepeatedError:
                program.restore()
        return _probe_root(root_of(build()), scopes)


def _probe_root(root: Any, scopes: Sequence[Mapping[str, Any]]) -> Comparison:
    """Judge a graph that is given whole, whose backward alone can be run again."""
    program = Program(lambda: root, root)
    graph = Graph(program)
    with restore_program(root, spaces_of(program.functions), program.classes) as program.restore:
        again = WalkAgain(program, root, graph.grads())
        remark = ""
        try:
            if walker_of(root) is not None:
                program.build = again
                return _Probe(graph, scopes, again).comparison(None)
        except NotFiniteError:
            raise
        except RecursionError:
            remark = _TOO_DEEP
        except Exception as error:  # whatever their code says of it
            remark = _RAISES.format(type(error).__name__)
        program.restore()
        program.build, program.walker = lambda: root, None
        return _Probe(graph, scopes, again, remark).comparison(None)


class _Probe:
    """A program, or a finished graph with the gradients that stand there, checked."""

    def __init__(
        self, graph: Graph, scopes: Sequence[Mapping[str, Any]], again: WalkAgain | None = None, remark: str = ""
    ) -> None:
        self._again, self.remarks = again, [remark]
        self._presets: list[Point] = []
        self._graph, data = graph, graph.program.data
        graph.find_unrecorded(data, lambda place, parents: recognise(graph, place, parents, [data]) is not None)
        self._here = here = Point(graph, {})
        self.has_walked = any(map(is_anything, here.grads))
        self._has_begun = again is None or again.has_begun
        points = [here]
        if graph.is_built and len(graph.order) <= LARGE:
            points += find_other_points(graph, here)
        self._operations = Operations(graph, points)
        names = graph.names(here.data, here.walk.names if graph.is_built else {}, *scopes)
        self._cleared = self._find_cleared()
        asked = [one for one in graph.order if one not in self._cleared and self._wants_grad(one, names)]
        self._mirrors = [Mirror(one, self._operations, names, asked, one.grads) for one in points]
        self._shown = self._mirrors[0]
        if again is not None and not all(map(np.array_equal, again.standing, here.grads)):
            self._shown = Mirror(here, self._operations, names, asked, again.standing)

    def _find_cleared(self) -> frozenset[int]:
        """Find the nodes whose gradients the walk forgets, once they are passed on."""
        graph, grads = self._graph, self._here.grads
        inner = {place for place in graph.order if graph.parents[place] and place != graph.root}
        empty = {place for place in graph.order if not is_anything(grads[place])}
        if not inner <= empty or not inner & {one.consumer for one in self._here.walk.writes}:
            return frozenset()
        return frozenset(empty & {*inner, graph.root})

    def _wants_grad(self, place: int, names: Mapping[int, str]) -> bool:
        """Tell whether a node wants a gradient; a bare number that is an exponent wants none."""
        graph = self._graph
        is_bare = not graph.parents[place] and re.fullmatch(r"[-+.\de]*", names.get(place, "")) is not None
        uses = graph.consumers.get(place, {}) if is_bare else {}
        is_power = any(graph.parents[one][1:] == [place] and "pow" in graph.name(one) for one in uses)
        return not is_power and graph.engine.wants_grad(graph.made[place].node)

    def comparison(self, deadline: Deadline | None) -> Comparison:
        """Return the verdict, with experiments where there is time for them."""
        faults, can_judge = self._find_faults()
        if not faults and can_judge:
            faults, can_judge = self._find_changes()
        patch = ""
        if faults and deadline is not None and not any(one.is_whole for one in faults):
            from ...repair.proof import LATE  # where all is right, nothing of it is loaded
            from .proving import prove, restate

            proof = prove(self._mirrors, self._presets, faults, deadline)
            if proof.is_whole and len(proof.causes) <= len(faults):  # every wrong line shows
                faults = restate(faults, proof)
                patch = proof.patch if len(faults) <= len(proof.causes) else ""
            elif len(faults) == 1 and not faults[0].is_named:  # where the number is written, not where it goes wrong
                operand = self._graph.parents[faults[0].place][faults[0].which]
                faults = [faults[0]._replace(source=proof.locate(str(operand), faults[0].source))]
            self.remarks += [LATE] if proof.is_late else []
        return self._compare(faults, patch, can_judge)

    def _find_faults(self) -> tuple[list[Fault], bool]:
        """Find what is wrong, and tell whether the gradients there can be checked."""
        again, graph = self._again, self._graph
        has_run = again is None or any(map(is_anything, again.standing))
        if graph.program.walker is None:
            return [], has_run
        if again is not None and has_run and self._is_done_elsewhere(again.standing):
            self.remarks.append(_ELSEWHERE)
            self._again = None
            return [], True
        if self._operations.changed:
            return [], True
        blame, is_large = Blame(self._mirrors), len(graph.order) > LARGE
        faults = [] if is_large and not self._mirrors[0].wrong else blame.faults()
        if not is_large and not any(one.is_whole for one in faults):
            rng = np.random.default_rng(3)
            amounts = [plain(rng.uniform(2.0, 3.0, size=shape_of(one))) for one in self._here.data]
            with suppress(Exception):  # whatever their code says of it
                preset = Point(graph, {}, amounts)
                faults = blame.find_lost_presets(preset)
                self._presets = [preset] if blame.hands_on else []
        if not has_run and not faults and not self._has_begun:
            return blame.report_root(is_begun=False)[:1], False
        self.remarks += [] if has_run else [_NOT_RUN]
        return faults, has_run

    def _is_done_elsewhere(self, standing: Sequence[Any]) -> bool:
        """Tell whether gradients stand where another walk brings none: they came by hand, or the graph is freed."""
        graph, grads = self._graph, self._here.grads
        is_more = any(is_anything(standing[one]) and not is_anything(grads[one]) for one in graph.order)
        near = {graph.root, *graph.parents[graph.root]}
        goes_on = any(is_anything(grads[one]) for one in graph.order if one not in near)
        return is_more and (not self._shown.base.wrong or not goes_on)

    def _find_changes(self) -> tuple[list[Fault], bool]:
        """Find what the caller, not a rule, has done to a graph besides a single walk."""
        graph, here, again, shown = self._graph, self._here, self._again, self._shown
        if graph.program.walker is None:  # there is none, or it raises
            return [], True
        if again is None:
            differ = [one for one in here.left if one in shown.nodes and shown.base.wrong]
            is_twice = here.times > 1
        else:
            differ = [one for one in graph.order if not is_same(again.standing[one], here.grads[one], *EXACT)]
            again.times = 2
            is_twice = bool(differ) and self._gives(again.standing) is True
            again.times = 1
        if self._operations.changed:
            return self._report_change(bool(differ))
        wrong = [one for one in differ if one in shown.wrong]
        kind, clause, also = ("double", _TWICE, ("stale",)) if is_twice else ("stale", _STALE, ())
        return [self._fault_of_caller(one, kind, clause, also) for one in (wrong or differ)[:1]], True

    def _fault_of_caller(self, place: int, kind: str, clause: str, also: tuple[str, ...]) -> Fault:
        return Fault(place, 0, kind, clause, None, self._shown.name(place), also, is_of_walk=True)

    def _report_change(self, has_other_grads: bool) -> tuple[list[Fault], bool]:
        """Say which node's data was changed after it was used."""
        graph, here = self._graph, self._here
        uses = Counter(one for place in self._operations.changed for one in {place, *graph.parents[place]})

        def suspicion(place: int) -> tuple[int, bool, bool, int]:
            return uses[place], not graph.parents[place], bool(graph.engine.label(graph.made[place].node)), -place

        place = max(uses, key=suspicion)
        moves = {place: 0.5 * here.data[place] + 0.3}  # a leaf that backward does not read may have changed since
        if has_other_grads or not (graph.parents[place] or self._gives(here.grads, moves) is False):
            self.remarks.append(_STEPPED.format(self._shown.name(place)))
            return [], False
        return [self._fault_of_caller(place, "in-place", _CHANGED, ("stale",))], True

    def _gives(self, grads: Sequence[Any], moves: Mapping[int, Any] | None = None) -> bool | None:
        """Tell whether the program gives these gradients; None where it raises."""
        with suppress(Exception):  # whatever their code says of it
            self._graph.program(moves)
            found = self._graph.grads()
            return all(is_same(grads[one], found[one], *EXACT) for one in self._graph.order)
        return None

    def _compare(self, faults: Sequence[Fault], patch: str, can_judge: bool) -> Comparison:
        """Return the verdict on their nodes, with the faults that were found."""
        mirror, base, graph = self._shown, self._shown.base, self._graph
        causes: dict[Value, Cause] = {}
        for fault in faults:
            node, operand = self._place(fault, causes)
            slip = fault.slip(base.names.phrase(operand))
            if base[node].status is Status.CORRECT and not (fault.is_of_walk and base.wrong):
                slip = replace(slip, message=f"{slip.message} {_RIGHT_HERE}")
            causes[node] = Cause(slip, fault.source)
        if not causes and can_judge:
            causes = {one.node: Cause(one.slip, None) for one in base.causes}
        nodes = [*enumerate(self._here.nodes), *((place, one.node) for place, one in enumerate(graph.made))]
        ours = {identity(node): mirror.nodes[place] for place, node in nodes if place in mirror.nodes}
        judged = frozenset(mirror.nodes[one] for one in mirror.judgeable) if can_judge else frozenset()
        unknown = ", ".join(dict.fromkeys(graph.name(one) for one in mirror.unknown))
        remarks = [*self.remarks, _CLEARED if self._cleared else "", _UNKNOWN.format(unknown) if unknown else ""]
        for place in mirror.judgeable:  # a right gradient whose shape is not its node's
            held, one = self._here.grads[place], base[mirror.nodes[place]]
            if one.status is Status.CORRECT and np.size(held) > 1 and np.shape(held) != one.shape:
                remarks.append(_ANOTHER_SHAPE.format(one.name, np.shape(held), one.shape))
        own = blame(base.evidence, causes, judged, remarks=remarks, patch=patch)
        return Comparison(own._replace(ours=lambda node: ours.get(identity(node))))

    def _place(self, fault: Fault, taken: Mapping[Value, Any]) -> tuple[Value, Value]:
        """Return the node that shows a fault, and the operand with the wrong number."""
        mirror, parents = self._shown, self._graph.parents[fault.place]
        node = mirror.nodes[fault.place]
        operand = mirror.nodes[parents[fault.which]] if fault.which < len(parents) and not fault.is_of_walk else node
        free = [one for one in (operand, node) if one not in taken] or [operand, node]
        return min(free, key=lambda one: mirror.base[one].status is not Status.WRONG), operand


_NOT_RUN = "backward() has not been called on this graph: its rules and its walk were tried on it."
_ELSEWHERE = "backward() brings fewer gradients to the graph than stand there: its walk was not tried."
_RAISES = "backward() raises {} on the graph, and was not tried."
_TOO_DEEP = "The graph is too deep for its own backward(), which was not tried."
_STEPPED = (
    "The data of {} was changed after the forward pass, as by a step of descent: the gradients that stand there cannot "
    "be judged. Probe before the step."
)
_TWICE = "backward() has been called twice on this graph, and the gradients were not set to zero in between."
_STALE = "a fresh copy of the graph gets another gradient by the same backward(): was it zero before?"
_CHANGED = "its data was changed, in place, after it had been computed and before backward()."
_UNKNOWN = "The rule of {} could not be asked alone, and is taken as it is."
_ANOTHER_SHAPE = "The numbers of the gradient of {0} are right; it has shape {1}, and {0} has shape {2}."
_RIGHT_HERE = "The number here is right all the same: nothing in this graph shows it."
_CLEARED = "backward() sets the gradients on the way to zero again, so that those of the leaves alone were judged."
