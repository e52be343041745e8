"""`probe`: a graph of somebody's own engine, as it stands after their backward()."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ...arrays.amounts import is_coarse
from ...comparator import compare
from ...memory import big_graph
from ...repair.deadline import Deadline, Progress
from ...repair.effects import without_effects
from ...repair.proof import LATE, patch_of_all
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.status import Status
from ..reading import Cause, Reading
from ..sandbox import as_they_were
from .asking import Asker
from .backward import judged_walk
from .faults import Finder, name_of
from .graph import Graph, Place, is_bare, names_in
from .leaves import Leaves
from .making import Makers
from .mirror import Mirror
from .operations import Operation, operations_of, settings
from .proving import Prover
from .pullbacks import Kind
from .subject import Fault, Judged, Subject
from .unrecorded import unrecorded_in
from .walking import Walker

RTOL = 1e-6
COARSE = 1e-3
MOST_SETTINGS = 20
"""So many axes, exponents or the like are told apart of one operation."""


def probe(root: Any, *, quick: bool = False, progress: Progress | None = None) -> Comparison:
    """Check a graph of somebody's own autograd engine, as it stands after their backward().

    Each rule is asked alone: their own function on fresh leaves, against the slopes of their own forward, with a random
    upstream gradient and with gradients that are not zero beforehand. Then their backward pass is tried on a copy of
    the graph: the order of its walk, what it does not reach, gradients left from an earlier pass. Nothing of theirs is
    changed by it.

    It reads micrograd and what derives from it (`data`, `grad`, children in a set or a list, rules in closures or
    methods), engines with local gradients beside the children, and those with a class for each operation; numbers or
    NumPy arrays. A node that has no label is called by the variable that holds it where `probe` is called.

    Args:
        root: the node where backward started.
        quick: whether to do without experiments. A rule that is wrong is else asked again with one small change of its
            code after the other: what fixes it proves the line. Their functions are afterwards as they were.
        progress: called from two seconds on, with the seconds that have passed and the most that there may be.

    Returns:
        A Comparison on nodes of ours that stand for theirs, with `comparison[node]` for a node of theirs. Each wrong
        line is one cause, with `.source` (file, line, that line's text); it is None where nothing is written wrongly,
        as with gradients that were not set to zero. Its `patch` is the smallest edit that fixes all rules, "" where
        none was found. A node with `requires_grad=False` is not asked for.

    Raises:
        UnreadableGraphError: the class has no data, operands or gradient that can be read.
        UncopiedNodeError: its nodes cannot be copied, as those of a class that is not written in Python.
        OwnGraphError: the graph is made of handgrad's own nodes.
        NotFiniteError: a node holds nan or an infinity.

    Examples:
        >>> from handgrad import probe
        >>> from micrograd.engine import Value
        >>> a, b = Value(2.0), Value(-3.0)
        >>> L = (a * b + a).relu()
        >>> L.backward()
        >>> probe(L).ok
        True
    """
    frame = sys._getframe(1)
    return probed(root, frame.f_locals, frame.f_globals, quick=quick, progress=progress)


def probed(root: Any, *scopes: Mapping[str, Any], quick: bool = False, progress: Progress | None = None) -> Comparison:
    """As `probe`, with the variables that hold the nodes: of two names for one, that in the first scope counts."""
    with big_graph(), without_effects() as effects:
        graph = Graph(root)
        with as_they_were(root, graph.spaces, graph.kinds):
            deadline = None if quick else Deadline(progress)
            found = _Probe(graph, names_in(graph, *scopes)).comparison(deadline)
    found.remark = f"{found.remark} {effects.remark}".strip()
    return found


class _Probe:
    def __init__(self, graph: Graph, names: Mapping[int, str]) -> None:
        self._graph = graph
        self._leaves = Leaves(graph)
        self._makers = Makers(graph, self._leaves)
        self._leave_out_what_is_only_read()
        self._operations = self._grouped()
        by_node = {id(place.node): one for one in self._operations for place in one.places}
        self._mirror = Mirror(graph, by_node, names)
        self._walker = Walker(graph, self._leaves)
        self._cleared = self._walker.cleared if self._walker.is_found else frozenset()
        self._coarse = any(is_coarse(graph.engine.raw_grad(node)) for node in graph.order)

    def comparison(self, deadline: Deadline | None) -> Comparison:
        """The verdict.

        Args:
            deadline: when experiments have to be over; None does without them.
        """
        graph, mirror = self._graph, self._mirror
        asked = [node for node in self._judgeable if node.grad is not None]
        base = compare(mirror.root, nodes=asked, rtol=COARSE if self._coarse else RTOL, typed=False)
        asker = Asker(
            graph.engine, self._leaves, self._makers, lambda node: base.names.phrase(mirror[node]), self._exponents
        )
        prover = None if deadline is None else Prover(graph, self._makers, asker, deadline, self._operations)
        finder = Finder(graph, self._makers, asker, prover)
        found_in = (fault for operation in self._operations for fault in finder.faults(operation))
        faults = [fault for fault in found_in if not self._is_done_by_hand(fault, base)]
        lost: list[Fault] = []
        if not graph.is_freed:
            lost += unrecorded_in(graph, self._leaves, self._makers, lambda node: base.names[mirror[node]])
        faults += lost
        kinds = frozenset(fault.kind for fault in faults)
        judgeable = frozenset(self._judgeable) - self._untold
        walk = judged_walk(Subject(graph, mirror, base, self._walker, self._operations, kinds, judgeable))
        causes = dict(self._causes(faults, base))
        for node, cause in walk.causes:
            causes.setdefault(node, cause)
        shown = frozenset(asked) if walk.can_judge else frozenset()
        if not causes and walk.can_judge:  # a number is wrong, and nothing was found that makes it so
            causes = {one.node: Cause(one.slip, None) for one in base.causes if one.node not in self._untold}
        remarks = self._remarks(walk, base, finder.unasked) + (
            [LATE] if any(one.is_late for one in finder.proofs) else []
        )
        found = Comparison(Reading(base.evidence, causes, shown, mirror.get, remarks).evidence)
        if finder.is_proven and not lost and not walk.causes:
            found.patch = patch_of_all(finder.proofs)
        return found

    @cached_property
    def _untold(self) -> set[Value]:
        """The nodes that get a gradient through a rule that is taken as it is."""
        untold = (place for one in self._operations if not one.is_told for place in one.places)
        return {self._mirror[operand] for place in untold for operand in place.operands}

    @cached_property
    def _judgeable(self) -> list[Value]:
        """The nodes whose gradient can be judged: that want one, and do not lie below slopes that are unknown."""
        graph = self._graph
        unknown = {id(place.node) for operation in self._operations for place in operation.unknown}
        below: set[int] = set()
        for node in reversed(graph.order) if unknown else ():
            if id(node) in unknown or id(node) in below:
                below.update(map(id, graph[node].operands))
        left_out = below | self._exponents | self._cleared
        kept = (node for node in graph.order if id(node) not in left_out and graph.engine.is_asked(node))
        return [self._mirror[node] for node in kept]

    @cached_property
    def _exponents(self) -> set[int]:
        """The ids of bare numbers that are exponents: nobody wants their gradients."""
        powers = (place for place in map(self._graph.__getitem__, self._graph.order) if place.is_power)
        exponents = (place.operands[1] for place in powers)
        return {id(one) for one in exponents if is_bare(self._mirror[one].label) and not self._graph[one].operands}

    def _is_done_by_hand(self, fault: Fault, base: Comparison) -> bool:
        """Whether nodes have no rule, and what a rule would have passed on is there."""
        nodes = [self._mirror[operand] for place in fault.places for operand in place.operands]
        has_none = all(place.pullback.kind is Kind.NONE for place in fault.places)
        return has_none and all(base[node].status is Status.CORRECT for node in nodes)

    def _causes(self, faults: list[Fault], base: Comparison) -> Iterator[tuple[Value, Cause]]:
        """One node for each wrong line: one whose number it makes wrong, where there is such a one."""
        taken: set[Value] = set()
        told: set[tuple[str, Any]] = set()
        for fault in faults:
            if fault.source is not None and (fault.kind, fault.source) in told:
                continue
            told.add((fault.kind, fault.source))
            node, operand = self._shown(fault, base, taken)
            taken.add(node)
            slip = fault.slip(base.names.phrase(operand))
            if base[node].status is Status.CORRECT:
                slip = replace(slip, message=f"{slip.message} {_RIGHT_HERE}")
            yield node, Cause(slip, fault.source)

    def _shown(self, fault: Fault, base: Comparison, taken: set[Value]) -> tuple[Value, Value]:
        """The node that shows a fault, and the operand that is passed the wrong number."""
        mirror = self._mirror
        pairs = []
        for place in fault.places:
            operand = mirror[place.operands[fault.which]] if fault.which < len(place.operands) else mirror[place.node]
            pairs += [(operand, operand), (mirror[place.node], operand)]
        free = [pair for pair in pairs if pair[0] not in taken] or pairs
        place_of = {one.node: place for place, one in enumerate(base.results)}

        def rank(pair: tuple[Value, Value]) -> tuple[bool, bool, int]:
            node, operand = pair
            return base[node].status is not Status.WRONG, node is not operand, place_of[node]

        return min(free, key=rank)

    def _grouped(self) -> list[Operation]:
        """The operations, each with the nodes that have the same rule."""
        graph, engine = self._graph, self._graph.engine
        groups: dict[tuple[Any, ...], dict[Any, list[Place]]] = {}
        for node in graph.order:
            place = graph[node]
            if place.operands:
                alike = groups.setdefault(self._makers.key(place), {})
                alike.setdefault(settings(place), []).append(place)
        found: list[Operation] = []
        for alike in groups.values():
            # With each its own axis they are several operations; with thousands of indices, one.
            several = list(alike.values())
            several = several if len(several) <= MOST_SETTINGS else [[place for places in several for place in places]]
            for places in several:
                name = name_of(engine, self._makers, places[0])
                found += operations_of(name, places, engine, self._leaves, self._makers)
        return found

    def _leave_out_what_is_only_read(self) -> None:
        """A rule may hold on to a node that it is not to pass anything on to: a target, say."""
        graph = self._graph
        doubtful: dict[tuple[Any, ...], list[Place]] = {}
        for node in graph.order:
            if graph[node].unrecorded:
                doubtful.setdefault(graph[node].pullback.key[:-1], []).append(graph[node])
        asker = Asker(graph.engine, self._leaves, self._makers)
        only_read = {key for key, places in doubtful.items() if not any(map(asker.writes_to_unrecorded, places[:5]))}
        if only_read:
            graph.leave_out(only_read)

    def _remarks(self, walk: Judged, base: Comparison, unasked: Sequence[Operation]) -> list[str]:
        untold = [one for one in self._operations if not one.is_told]
        names = [one.name for one in (*untold, *unasked) if one.places[0].pullback.kind is not Kind.NONE]
        said = [walk.remark, "" if self._graph.has_rules else _NO_RULES, *self._shapes(base)]
        said += [_CLEARED] if self._cleared else []
        if names:
            said.append(
                f"The rule of {', '.join(dict.fromkeys(names))} could not be asked alone, and is taken as it is."
            )
        return said

    def _shapes(self, base: Comparison) -> Iterator[str]:
        """What is to be said of right numbers in another shape than that of what they are the gradient of."""
        for node in self._graph.order:
            held, one = self._graph.engine.raw_grad(node), base[self._mirror[node]]
            if one.status is Status.CORRECT and np.size(held) > 1 and np.shape(held) != one.shape:
                yield _ANOTHER_SHAPE.format(one.name, np.shape(held), one.shape)


_ANOTHER_SHAPE = "The numbers of the gradient of {0} are right; it has shape {1}, and {0} has shape {2}."
_RIGHT_HERE = "The number here is right all the same: nothing in this graph shows it."
_CLEARED = "backward() sets the gradients on the way to zero again, so that those of the leaves alone were judged."
_NO_RULES = "No rules of the nodes were found, so that only the numbers were judged."
