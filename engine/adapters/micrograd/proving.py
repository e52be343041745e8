"""A wrong rule tried by experiment: which small change of the code makes all gradients right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from ...arrays.amounts import near, shape_of
from ...repair.deadline import Deadline
from ...repair.lines import lines_noted
from ...repair.proof import LATE, Proof, experiment
from ...repair.source import codes_within
from ...repair.trial import Numbers, Outcome, Subject
from ...repair.trial import Point as TrialPoint
from ..reached import reached
from .blaming import Fault
from .mirror import Mirror
from .operations import Point, watched, with_whole_root
from .program import Program
from .walks import fitted

__all__ = ["LATE", "prove", "restated"]

EXACT = 1e-6
SEEN = ("overwrites", "in-place")
"""The kinds of faults whose line is seen; that of a wrong number is where it is written, and not where it is made."""


def prove(
    program: Program,
    mirrors: Sequence[Mirror],
    presets: Sequence[Point],
    faults: Sequence[Fault],
    deadline: Deadline,
) -> Proof:
    """Look for the smallest edit that makes all gradients right.

    Args:
        mirrors: the graph at some points.
        presets: the program with something in the gradients when the walk begins.
        faults: what was found to be wrong.
        deadline: when it has to be over.
    """
    tried = [_Tried(program, mirror) for mirror in mirrors]
    plain = tried[0]
    tried += [_Tried(program, mirrors[0], one) for one in presets]
    # To run with something in the gradients takes ten times as long: only where nothing else shows it.
    is_seen = any(one.kind in SEEN for one in faults) or not any(one.wrong for one in tried if one.preset is None)
    here = max(tried, key=lambda one: len(one.wrong) * (one.preset is None or is_seen))
    if not here.wrong:
        return Proof()
    functions = _blamed(program, faults)
    back: set[tuple[str, int]] = set()
    with lines_noted([one.__code__ for one in functions], back):
        (plain if here.preset is not None else here).run(back.clear)
    engine = program.engine
    names = sorted({name for one in here.mirror.point.walk.writes for name in one.names})
    subject = Subject(
        functions=functions,
        here=here.point,
        elsewhere=lambda: (one.point for one in tried if one is not here),
        known=list(here.known()),
        ran=frozenset(back),
        shared=frozenset(),
        share=EXACT,
        upstream=frozenset(f"{name}.{engine.grad_name}" for name in names),
        believed=frozenset(one.source[:2] for one in faults if one.source is not None and one.kind in SEEN),
        at_hand=[f"{name}.{one}" for name in names for one in (engine.grad_name, engine.data_name)],
    )
    return experiment(subject, deadline)


def _blamed(program: Program, faults: Sequence[Fault]) -> list[FunctionType]:
    """Return the functions in which lines are blamed, and those that they call."""
    lines = {one.source[:2] for one in faults if one.source is not None}
    found = []
    for one in program.functions:
        code = one.__code__
        last = max((line for inner in codes_within(code) for *_, line in inner.co_lines() if line), default=0)
        if any(file == code.co_filename and code.co_firstlineno <= line <= last for file, line in lines):
            found.append(one)
    own = reached(found, program.classes) if found else program.functions
    codes = {one.__code__ for one in own}  # several may have one code, and a change of it shows in all of them
    return [*own, *(one for one in program.functions if one.__code__ in codes and one not in own)]


class _Tried:
    """A program at a point, to be tried with a change in it."""

    def __init__(self, program: Program, mirror: Mirror, preset: Point | None = None) -> None:
        self._program, self.mirror, self.preset = program, mirror, preset
        self._places = {str(place): place for place in mirror.judgeable}
        true = mirror.gradients(None if preset is None else preset.preset)
        self._truth = {name: true[place] for name, place in self._places.items()}
        self.point = TrialPoint(self.run, self._is_right, frozenset(self._places))
        point = preset or mirror.point
        self.wrong = self.point.wrong(self._outcome(point.grads, point.data))

    def _is_right(self, name: str, value: Any) -> bool:
        true = self._truth[name]
        value = fitted(value, true)
        share = 1e-3 if self.mirror.point.is_coarse else EXACT
        return shape_of(value) == shape_of(true) and near(value, true, share, 1e-12)

    def _outcome(self, grads: Sequence[Any], data: Sequence[Any]) -> Outcome:
        whole = with_whole_root(self.mirror.point.graph, grads, data)
        found = {
            name: np.zeros(shape_of(data[place])) if (grad := whole[place]) is None else np.asarray(grad, dtype=float)
            for name, place in self._places.items()
        }
        return Outcome(found, [np.asarray(one, dtype=float) for one in data])

    def run(self, between: Callable[[], None]) -> Outcome:
        if self.preset is None:
            self._program(self.mirror.point.moves, between=between)
        else:
            watched(self.mirror.point.graph, {}, self.preset.preset, between)
        return self._outcome(self._program.grads, self._program.data)

    def known(self) -> Iterator[Numbers]:
        """Yield the gradients, and what each operation has to pass on."""
        mirror = self.mirror
        graph = mirror.point.graph
        for place in graph.order:
            yield Numbers("data", place, np.asarray(mirror.point.data[place], dtype=float))
        for name, place in self._places.items():
            true = self._truth[name]
            yield Numbers("gradient", place, np.asarray(true, dtype=float))
            if graph.parents[place] and place not in mirror.unknown:
                for one, part in zip(graph.parents[place], mirror.expected(place, true) or ()):
                    if part is not None and np.any(part):
                        yield Numbers("part", one, np.asarray(part, dtype=float))


def restated(faults: Sequence[Fault], proof: Proof) -> list[Fault]:
    """Return the faults with the lines that experiments have proven, each line once."""
    found: list[Fault] = []
    left = list(faults)
    for cause in proof.causes:
        if any(cause.is_at(one.source) for one in found):
            continue
        own = [one for one in left if cause.is_at(one.source)] or left[:1] or list(faults)[:1]
        left = [one for one in left if not any(one is other for other in own)]
        shown = min(own, key=lambda one: (not one.is_named, not cause.is_at(one.source)))
        also = tuple(dict.fromkeys([*shown.also, *([cause.kind] if cause.kind != shown.kind else [])]))
        if shown.is_named:
            found.append(shown._replace(source=cause.source, clause=shown.clause + cause.otherwise, also=also))
        else:
            clause = cause.hint + cause.otherwise
            found.append(shown._replace(source=cause.source, kind=cause.kind, clause=clause, also=shown.also))
    return found + [one for one in left if one.kind in SEEN]
