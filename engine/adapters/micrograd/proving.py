"""A wrong rule tried by experiment: which small change of the code makes all gradients right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from types import FunctionType
from typing import Any

import numpy as np

from ...amounts import plain
from ...repair.deadline import Deadline
from ...repair.proof import Proof, experiment
from ...repair.source import codes_within, lines_noted
from ...repair.trial import Numbers, Outcome, Subject
from ...repair.trial import Point as TrialPoint
from ...repair.user_code import find_reachable
from .blaming import Fault
from .engine import fit
from .operations import Mirror
from .program import Program
from .watching import Point

EXACT = 1e-6
SEEN = ("overwrites", "in-place")
"""The kinds of faults whose line is seen; that of a wrong number is where it is written, and not where it is made."""


def prove(mirrors: Sequence[Mirror], presets: Sequence[Point], faults: Sequence[Fault], deadline: Deadline) -> Proof:
    """Look for the smallest edit that makes all gradients right, at some points and with some presets."""
    tried = [*(_Tried(one, one.point) for one in mirrors), *(_Tried(mirrors[0], one) for one in presets)]
    # What stood in the gradients is in the way of a number that is wrong: only where nothing else shows it.
    is_seen = any(one.kind in SEEN for one in faults) or not any(one.wrong for one in tried[: len(mirrors)])
    here = max(tried, key=lambda one: len(one.wrong) * (one.point.preset is None or is_seen))
    if not here.wrong:
        return Proof()
    program = here.program
    blamed = {one.source[:2] for one in faults if one.source is not None}
    functions = _find_blamed(program, blamed)
    back: set[tuple[str, int]] = set()
    with lines_noted(functions, back):
        here.run(back.clear)
        if not back & blamed:
            here.run(lambda: None)  # a local derivative was computed on the way forward
    names = sorted({name for one in here.point.walk.writes for name in one.names})
    grad, data = program.engine.grad_name, program.engine.data_name
    subject = Subject(
        functions=functions,
        here=here.trial,
        elsewhere=lambda: (one.trial for one in tried if one is not here),
        known=list(here.known_numbers()),
        ran=frozenset(back),
        shared=frozenset(),
        share=EXACT,
        upstream=frozenset(f"{name}.{grad}" for name in names),
        believed=frozenset(one.source[:2] for one in faults if one.source is not None and one.kind in SEEN),
        at_hand=[f"{name}.{one}" for name in names for one in (grad, data)],
    )
    return experiment(subject, deadline)


def _find_blamed(program: Program, lines: Set[tuple[str, int]]) -> list[FunctionType]:
    """Return the functions in which lines are blamed, and those that they call."""

    def is_blamed(function: FunctionType) -> bool:
        codes = codes_within(function.__code__)
        return any((one.co_filename, line) in lines for one in codes for *_, line in one.co_lines())

    found = list(filter(is_blamed, program.functions))
    own = find_reachable(found, program.classes) if found else program.functions
    codes = {one.__code__ for one in own}  # several may have one code, and a change of it shows in all of them
    return [*own, *(one for one in program.functions if one.__code__ in codes and one not in own)]


class _Tried:
    """A program at a point, to be tried with a change in it."""

    def __init__(self, mirror: Mirror, point: Point) -> None:
        self.mirror, self.point, self.program = mirror, point, mirror.graph.program
        true = mirror.gradients(point)
        self._truth = {str(place): true[place] for place in mirror.judgeable}
        share = 1e-3 if mirror.point.is_coarse else EXACT
        self.trial = TrialPoint.build_with_truth(self.run, self._truth, share)
        self.wrong = self.trial.wrong(self._outcome(point.grads, point.data))

    def _outcome(self, grads: Sequence[Any], data: Sequence[Any]) -> Outcome:
        """Return a run's gradients by the nodes' names, and its data."""
        found = {
            name: 0.0 * true if (grad := grads[int(name)]) is None else fit(plain(grad), true)
            for name, true in self._truth.items()
        }
        return Outcome(found, [np.concatenate([np.ravel(one) for one in data])])

    def run(self, between: Callable[[], None]) -> Outcome:
        self.program(self.point.moves, preset=self.point.preset, between=between)
        return self._outcome(self.mirror.graph.grads(), self.program.data)

    def known_numbers(self) -> Iterator[Numbers]:
        """Yield the gradients, and what each operation has to pass on."""
        mirror = self.mirror
        for place in mirror.graph.order:
            yield Numbers("data", place, np.asarray(mirror.point.data[place], dtype=float))
        for name, true in self._truth.items():
            yield Numbers("gradient", int(name), np.asarray(true, dtype=float))
            for one, part in (mirror.pull_back(int(name), true) or {}).items():
                if np.any(part):
                    yield Numbers("part", one, np.asarray(part, dtype=float))


def restate(faults: Sequence[Fault], proof: Proof) -> list[Fault]:
    """Return the faults with the lines that experiments have proven, each line once."""
    found, left = list[Fault](), list(faults)
    for cause in proof.causes:
        if any(cause.is_at(one.source) for one in found):
            continue
        own = [one for one in left if cause.is_at(one.source)] or left[:1] or list(faults)[:1]
        left = [one for one in left if one not in own]
        shown = min(own, key=lambda one: not one.is_named)
        kind, clause = (shown.kind, shown.clause) if shown.is_named else (cause.kind, cause.hint)
        also = tuple(dict.fromkeys([*shown.also, *{cause.kind} - {kind}]))
        found.append(shown._replace(source=cause.source, kind=kind, clause=clause + cause.otherwise, also=also))
    return found + [one for one in left if one.kind in SEEN]
