"""The whole experiment: edits of what may be wrong are tried, and the plan that holds everywhere is the proof."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..loading import LazyModule
from ..names import listed
from ..slips.slip import Slip
from .deadline import Deadline, Spent
from .effects import hold_effects
from .localize import Known, Suspects, origins
from .places import unread_in
from .source import Line, Source, own_lines, source_at
from .trial import NotRepeatedError, Point, Subject, Trial, Watched

if TYPE_CHECKING:
    from .search import Edit, Fix, Plan

# Loaded only where edits are tried.
patch, search = (LazyModule(__package__, name) for name in ("patch", "search"))

SEARCH = 200_000.0
"""The most that one search may do; with several mistakes there are several."""
KEPT = 40_000.0
"""What the searches leave: what they find is tried at other points."""
MOST_ROUNDS = 4
LONGEST_AXIS = 5_000
"""A forgotten `keepdims` on a longer axis makes an array of its square."""
LONGEST_RUN = 20_000.0
"""Of code of which one run comes to more, too few changes can be tried."""
MOST_LINES_IF_LATE = 2
"""With more lines than that a proof is none where a search ran out of time: one line that was not tried yet, at which
all of them come together, is as likely."""
MOST_VERIFIED = 4
UNPROVEN = " No change proves which line it is."
UNREAD = "{0}: {1} {2} computed and never read. Which path to {0} goes through that?"
LATE = "Not every small change of the code could be tried in the time: what is said here is not proven by one."


@dataclass(frozen=True)
class Cause:
    """A statement that an edit has proven to be wrong.

    Attributes:
        source: the line.
        lines: of the whole statement, of one with a body those of its head.
        kind: of the slip.
        hint: a sentence that does not give the edit away.
        fixed: the names of the gradients that it makes right.
        others: the lines at which other edits do the same: which of them it is cannot be told.
    """

    source: Source
    lines: range
    kind: str
    hint: str
    fixed: frozenset[str]
    others: tuple[tuple[str, int], ...] = ()

    @property
    def otherwise(self) -> str:
        """Return a sentence, after a space, on the other lines that it may be; "" for none."""
        if not self.others:
            return ""
        lines = sorted({self.source.line, *(line for _, line in self.others)})
        return f" It is either {_any_of(lines)}: a change of one of them fixes it."

    def explain(self, slip: Slip | None, name: str) -> Slip:
        """Return the slip of what is called `name` with what this adds to it; where there is none, as this says it."""
        if slip is None or (slip.kind, self.kind) == ("missing-path", "wrong-axis"):  # as a wrong maximum would be
            return Slip(self.kind, f"{name}: {self.hint}{self.otherwise}")
        also = dict.fromkeys((*slip.also, self.kind))
        also.pop(slip.kind, None)
        return replace(slip, message=slip.message + self.otherwise, also=tuple(also))

    def is_at(self, source: Source | None) -> bool:
        """Tell whether a line is one of its statement's."""
        return source is not None and source.file == self.source.file and source.line in self.lines


@dataclass
class Proof:
    """What the experiments have shown.

    Attributes:
        causes, left: [] where no edit fixes anything, and the names of the gradients that stay wrong.
        patch: the diff that fixes everything; "" where none does.
        front: the lines that write the first numbers of which nothing known says that they are right, and which none
            of the right gradients depends on.
        origins: see `origins`; {} where nothing does.
        factors: by line how many times too large it writes its numbers, where nothing else is wrong of them.
        suspects: what was seen of the wrong run, and what may be wrong of it; None where it could not be run.
        shown, fixed: the wrong run, and the run with everything fixed, where they are shown.
        is_late: whether it was stopped before every edit was tried.
        unread: the arrays that the wrong run computes and never reads, by their names.
    """

    causes: list[Cause] = field(default_factory=list)
    left: frozenset[str] = frozenset()
    patch: str = ""
    front: list[Line] = field(default_factory=list)
    origins: Mapping[Line, frozenset[str]] = field(default_factory=dict)
    factors: dict[Line, float] = field(default_factory=dict)
    suspects: Suspects | None = None
    shown: Watched | None = None
    fixed: Watched | None = None
    edits: list[Edit] = field(default_factory=list)
    is_late: bool = False
    unread: list[str] = field(default_factory=list)

    def ask_of_unread(self, name: str) -> Slip | None:
        """Return a question about what is computed and never read, where a gradient may lack it; None for none."""
        if self.is_whole or not self.unread:
            return None
        verb = "is" if len(self.unread) == 1 else "are"
        return Slip("missing-path", UNREAD.format(name, listed(f"`{one}`" for one in self.unread), verb))

    @property
    def is_whole(self) -> bool:
        return bool(self.causes) and not self.left

    def locate(self, name: str, source: Source | None = None) -> Source | None:
        """Return the line from which a wrong gradient follows where no edit fixes everything.

        Else it is `source`, where it is written; None for not known.
        """
        written = None if source is not None or self.suspects is None else self.suspects.first_line_of(name)
        source = source if written is None else source_at(*written)
        lines = [line for line, names in self.origins.items() if name in names]
        lines += [line for line in self.front if self.suspects is not None and self.suspects.may_be_all(line, name)]
        if source is None or (source.file, source.line) not in self.front:
            lines += self.front
        return source_at(*lines[0]) if lines else source

    def doubt(self, source: Source | None) -> tuple[Source | None, str]:
        """Return a line where something shows that it is to blame, and a sentence on what else may be."""
        if source is None or self.suspects is None:
            return source, ""
        line = source.file, source.line
        is_begun = not any(np.any(one.value) for one in self.suspects.numbers if one.line == line)  # with zeros
        if is_begun and line not in map(self.suspects.first_line_of, self.suspects.wrong):
            return None, UNPROVEN
        others = self.suspects.undecided(line)
        if self.origins.get(line) != self.suspects.wrong:
            is_open = self.suspects.has_more and (self.is_late or not self.origins)  # it may be many more
            if is_open or len(self.blame()) > 1:
                return None, UNPROVEN
            others |= {*self.front, *self.origins}
        elif all(one.is_gradient for one in self.suspects.numbers if one.line == line):  # right of something else
            others |= set(self.front)
        lines = sorted({source.line, *(number for _, number in others)})
        return source, f" No change proves line {source.line}: it may be {_any_of(lines)}." if lines[1:] else ""

    def blame(self) -> dict[Line, frozenset[str]]:
        """Return what to tell where no edit fixes everything: by line the wrong gradients that it leads to."""
        if self.suspects is None:
            return {}
        lines, left = dict(self.origins), self.suspects.wrong
        # Where no number of the forward is known, neither is the first that is wrong.
        is_known = any(one.kind == "data" for one in self.suspects.known.numbers)
        for line in self.front if is_known and not lines else ():
            led = left & self.suspects.reach(next(one for one in self.suspects.numbers if one.line == line))
            left = left - led
            if led:
                lines[line] = led
        for name in sorted(self.suspects.wrong.difference(*lines.values())):
            written = self.suspects.first_line_of(name)
            if written is not None:
                lines[written] = lines.get(written, frozenset()) | {name}
        return lines


def _any_of(lines: Sequence[int]) -> str:
    *before, last = (f"line {one}" for one in lines)  # each by itself: in a notebook it is named by its cell
    return f"{', '.join(before)} or {last}"


def experiment(subject: Subject, deadline: Deadline | None = None, *, quick: bool = False) -> Proof:
    """Look for the smallest edit that fixes a backward.

    Args:
        deadline: when it has to be over; what is not proven by then is not proven.
        quick: whether to stop at the front and the origins, without an edit.
    """
    return _Experiment(subject, deadline or Deadline(), quick).proof


class _Experiment:
    def __init__(self, subject: Subject, deadline: Deadline, quick: bool) -> None:
        self._deadline, self._subject, self._is_quick = deadline, subject, quick
        self._trial = Trial(subject, deadline)
        self._known = Known(subject.known, subject.share)
        self.proof = Proof()
        if self._trial.program.defs:
            try:
                with ExitStack() as applied, self._trial.prepare():
                    rounds = MOST_ROUNDS
                    while rounds and self._look(applied):
                        rounds -= 1
            except Spent:
                self.proof.is_late = True
            except NotRepeatedError:
                with hold_effects() as effects:
                    effects.note_failure()
            if self.proof.is_whole:
                self.proof.patch = patch.patch_of(self.proof.edits)

    def _look(self, applied: ExitStack) -> bool:
        """Look for the edits that fix most, and make them; tell whether something is left that they may uncover."""
        proof, trial, here = self.proof, self._trial, self._subject.here
        run = trial.first
        if not here.wrong(run.outcome):
            proof.shown = run
            return False
        is_over = self._deadline.limit(SEARCH / 3.0, kept=KEPT)
        suspects = Suspects(trial, run, self._known)
        proof.left = suspects.wrong
        if proof.edits:
            suspects.move(is_over)
        else:
            proof.shown = run if self._subject.shown is None else trial.watch(point=self._subject.shown)
            self._localize(suspects, is_over)
        plan = self._find_plan(suspects) if self._may_be_changed() else None
        scales = [cause.source[:2] for cause in proof.causes if cause.kind in ("factor", "sign")]
        for line in scales if plan is not None else proof.blame():
            times = suspects.factor_at(line)
            if times is not None:
                proof.factors.setdefault(line, times)
        if plan is None:
            return False
        edit = plan.fix.edit
        if proof.is_late and len({one.source for one in [*proof.edits, edit]}) > MOST_LINES_IF_LATE:
            return False
        applied.enter_context(search.put([edit]))
        trial.settled.add(edit.number)
        proof.edits.append(edit)
        trial.renew()
        proof.left = here.wrong(trial.first.outcome)
        if not proof.left:
            proof.fixed = trial.first if self._subject.shown is None else trial.watch(point=self._subject.shown)
        return bool(proof.left)

    def _may_be_changed(self) -> bool:
        """Tell whether it can be run often, and a change leaves some of the work."""
        longest = max((max(np.shape(one.array), default=1) for one in self._known.numbers), default=1)
        return not self._is_quick and self._trial.work <= LONGEST_RUN and longest <= LONGEST_AXIS

    def _localize(self, suspects: Suspects, is_over: Callable[[], bool]) -> None:
        """Say where it is wrong before anything is changed, and believe it."""
        proof, subject = self.proof, self._subject
        unread = {name for one in self._trial.program.defs for name in unread_in(one.node)}
        arrays = [one for one in suspects.numbers if np.size(one.value) > 1 and not one.is_data]
        proof.unread = list(dict.fromkeys(one.name for one in arrays if one.name in unread))
        proof.suspects, proof.origins = suspects, origins(suspects, subject.recompute, self._deadline)
        unexplained = suspects.wrong.difference(*proof.origins.values())
        if unexplained or not self._is_quick:
            suspects.move(is_over)  # only now, as it is the dearer
            proof.front = [line for line in suspects.front if line not in suspects.handed]
            proof.origins = {line: names for line, names in proof.origins.items() if not suspects.is_ruled_out(line)}
        lines = set(proof.origins)
        if subject.believes_first_write:
            lines.update(filter(None, map(suspects.first_line_of, unexplained)))
        self._trial.subject = replace(subject, believed=subject.believed | lines)

    def _find_plan(self, suspects: Suspects) -> Plan | None:
        """Return the best plan that holds elsewhere, and record its causes; None where there is none."""
        plans, is_over = search.Plans(self._trial, suspects), self._deadline.limit(SEARCH, kept=KEPT)
        found = search.Search(self._trial, suspects, is_over, self._holds, plans.loss)
        self.proof.is_late |= found.is_late and all(one.fixed != suspects.wrong for one in found.fixes)
        for ranked in plans.rank(found.fixes):
            best = next((plan for plan in ranked[:MOST_VERIFIED] if self._holds(plan.fix)), None)
            if best is not None:
                break
        else:
            return None
        others = [plan for plan in search.rivals(ranked, best)[:MOST_VERIFIED] if self._holds(plan.fix)]
        edit, fixed = best.fix
        # In one line, of a statement with a body its head.
        hint, kind = edit.row.hint.format(ast.unparse(edit.statement).splitlines()[0]), plans.kind_of(edit)
        elsewhere = tuple(sorted({plan.fix.edit.source for plan in others} - {edit.source}))
        source = source_at(edit.source[0], edit.line)
        self.proof.causes.append(Cause(source, own_lines(edit.statement), kind, hint, fixed, elsewhere))
        return best

    def _holds(self, fix: Fix) -> bool:
        """Tell whether what a fix sets right is right at other points too."""
        with search.put([fix.edit]):
            codes = self._trial.program.codes_of(fix.edit.where)
        outcomes = ((point, self._trial.outcome(codes, [fix.edit.number], point)) for point in self._points)
        return all(outcome is not None and not point.wrong(outcome) & fix.fixed for point, outcome in outcomes)

    @cached_property
    def _points(self) -> list[Point]:
        self._trial.hooks.start()
        return list(self._subject.elsewhere())


def patch_of_all(proofs: Sequence[Proof]) -> str:
    """Return the diff that fixes all that several experiments were about; "" where one of them has found nothing."""
    if not all(proof.is_whole for proof in proofs):
        return ""
    edits = {(*edit.source, edit.text): edit for proof in proofs for edit in proof.edits}
    return patch.patch_of(list(edits.values()))
