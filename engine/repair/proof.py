"""The whole experiment: edits of what may be wrong are tried, and the plan that holds everywhere is the proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from ..slips.slip import Slip
from .deadline import Deadline, Spent
from .effects import without_effects
from .origins import origins
from .patch import patch_of
from .plans import Plan, Plans, rivals
from .search import Edit, Fix, Search, put, said_text
from .source import Source, source_at
from .suspects import Known, Line, Suspects
from .tree import Codes
from .trial import NotRepeatedError, Point, Subject, Trial, Watched, largest_axis

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
LATE = "Not every small change of the code could be tried in the time: what is said here is not proven by one."


@dataclass(frozen=True)
class Cause:
    """A statement that an edit has proven to be wrong.

    Attributes:
        file, line: where.
        first_line, last_line: of the whole statement.
        kind: of the slip.
        hint: a sentence that does not give the edit away.
        fixed: the names of the gradients that it makes right.
        others: the lines at which other edits do the same: which of them it is cannot be told.
    """

    file: str
    line: int
    first_line: int
    last_line: int
    kind: str
    hint: str
    fixed: frozenset[str]
    others: tuple[tuple[str, int], ...] = ()

    @property
    def source(self) -> Source:
        return source_at(self.file, self.line)

    @property
    def otherwise(self) -> str:
        """Return a sentence, after a space, on the other lines that it may be.

        "" for none.
        """
        if not self.others:
            return ""
        lines = " or ".join(f"line {line}" for line in sorted({self.line, *(line for _, line in self.others)}))
        return f" It is either {lines}: a change of one of them fixes it."

    def explain(self, slip: Slip, name: str, unexplained: str) -> Slip:
        """Return the slip of what is called `name` with what this adds to it, or in the place of `unexplained`."""
        if slip.message == unexplained:
            return Slip(self.kind, f"{name}: {self.hint}{self.otherwise}")
        also = [self.kind] if self.kind != slip.kind else []
        return Slip(slip.kind, slip.message + self.otherwise, tuple(dict.fromkeys([*slip.also, *also])))

    def is_at(self, source: Source | None) -> bool:
        """Tell whether a line is one of its statement's."""
        return source is not None and source.file == self.file and self.first_line <= source.line <= self.last_line


@dataclass
class Proof:
    """What the experiments have shown.

    Attributes:
        causes: [] where no edit fixes anything.
        left: the names of the gradients that stay wrong.
        patch: the diff that fixes everything; "" where none does.
        cleared: the (file, line)s at which every number that was written is right, or has no effect on a wrong one.
        front: the lines that write the first numbers of which nothing known says that they are right, and which none
            of the right gradients depends on.
        origins: see `origins`; {} where nothing does.
        suspects: what was seen of the wrong run, and what may be wrong of it; None where it could not be run.
        shown, fixed: the wrong run, and the run with everything fixed, where they are shown.
        runs: how often user code ran.
        is_late: whether it was stopped before every edit was tried.
    """

    causes: list[Cause] = field(default_factory=list)
    left: frozenset[str] = frozenset()
    patch: str = ""
    cleared: frozenset[tuple[str, int]] = frozenset()
    front: list[Line] = field(default_factory=list)
    origins: Mapping[Line, frozenset[str]] = field(default_factory=dict)
    suspects: Suspects | None = None
    shown: Watched | None = None
    fixed: Watched | None = None
    runs: int = 0
    edits: list[Edit] = field(default_factory=list)
    is_late: bool = False

    @property
    def is_whole(self) -> bool:
        return bool(self.causes) and not self.left

    def blamed(self) -> dict[Line, frozenset[str]]:
        """Return what to tell where no edit fixes everything.

        That is by line the wrong gradients that it leads to.

        The origins, or without any the front; what none of them leads to, at the line that first writes it.
        """
        if self.suspects is None:
            return {}
        lines, left = dict(self.origins), self.suspects.wrong
        # Where no number of the forward is known, neither is the first that is wrong.
        is_known = any(one.kind == "data" for one in self.suspects.known.numbers)
        for line in self.front if is_known and not lines else ():
            led = self.suspects.led_to(line) & left
            left = left - led
            if led:
                lines[line] = led
        for name in sorted(self.suspects.wrong.difference(*lines.values())):
            written = self.suspects.first_line_of(name)
            if written is not None:
                lines[written] = lines.get(written, frozenset()) | {name}
        return lines


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
        self._elsewhere: list[Point] | None = None
        self.proof = Proof()
        if self._trial.program.defs:
            try:
                with ExitStack() as applied, self._trial.prepared():
                    self._look(applied)
            except Spent:
                self.proof.is_late = True
            except NotRepeatedError:
                with without_effects() as effects:
                    effects.note_failure()
            self.proof.runs = self._trial.runs
            if self.proof.is_whole:
                self.proof.patch = patch_of(self.proof.edits)

    def _may_be_changed(self) -> bool:
        """Tell whether it can be run often, and a change leaves some of the work."""
        longest = largest_axis([one.array for one in self._subject.known])
        return not self._is_quick and self._trial.work <= LONGEST_RUN and longest <= LONGEST_AXIS

    def _look(self, applied: ExitStack) -> None:
        for _ in range(MOST_ROUNDS):
            run = self._trial.watched()
            if run is None:
                return
            if not self._subject.here.wrong(run.outcome):
                self.proof.shown = run
                return
            suspects = Suspects(self._trial, run, self._known, self._part(SEARCH / 3.0))
            self.proof.left = suspects.wrong
            if not self.proof.edits:
                self._localize(suspects)
            if not self._may_be_changed():
                return
            search = Search(self._trial, suspects, self._part(SEARCH), lambda fix: self._holds([fix]))
            self.proof.is_late |= search.is_late
            plan = self._chosen(suspects, search.fixes) if search.fixes else None
            if plan is None:
                return
            edits = [one.edit for one in plan.fixes]
            if self.proof.is_late and len({one.source for one in [*self.proof.edits, *edits]}) > MOST_LINES_IF_LATE:
                return
            applied.enter_context(put(edits))
            self._trial.hooks.settled |= {edit.number for edit in edits}
            self.proof.edits += edits
            self._trial.renew()
            left = self._subject.here.wrong(self._trial.base)
            if not left:
                self.proof.fixed = self._trial.watched(point=self._subject.shown)
            self.proof.left = left
            if not left:
                return

    def _localize(self, suspects: Suspects) -> None:
        """Say where it is wrong before anything is changed, and believe it."""
        proof, subject = self.proof, self._subject
        proof.suspects, proof.cleared, proof.front = suspects, suspects.cleared_lines(), suspects.first_lines()
        proof.shown = suspects.run if subject.shown is None else self._trial.watched(point=subject.shown)
        proof.origins = origins(suspects, subject.recompute, subject.recompute_loop, self._deadline)
        lines = set(proof.origins)
        if subject.believes_first_write:
            unexplained = suspects.wrong.difference(*proof.origins.values())
            lines.update(filter(None, map(suspects.first_line_of, unexplained)))
        self._trial.subject = replace(subject, believed=subject.believed | lines)

    def _part(self, work: float) -> Callable[[], bool]:
        return self._deadline.limit(work, kept=KEPT)

    def _chosen(self, suspects: Suspects, fixes: Sequence[Fix]) -> Plan | None:
        """Return the best plan that holds elsewhere, and record its causes."""
        plans = Plans(self._trial, suspects, self._known, fixes)
        best = next((plan for plan in plans.all[:MOST_VERIFIED] if self._holds(plan.fixes)), None)
        if best is None:
            return None
        others = [plan for plan in rivals(plans.all, best)[:MOST_VERIFIED] if self._holds(plan.fixes)]
        elsewhere = tuple(sorted({line for plan in others for line in plan.lines} - best.lines))
        for one in best.fixes:
            edit = one.edit
            self.proof.causes.append(
                Cause(
                    edit.source[0],
                    edit.line,
                    edit.statement.lineno,
                    edit.statement.end_lineno or edit.statement.lineno,
                    plans.kind_of(edit),
                    edit.row.hint.format(said_text(edit)),
                    one.fixed,
                    elsewhere if len(best.fixes) == 1 else (),
                )
            )
        return best

    def _holds(self, fixes: Sequence[Fix]) -> bool:
        """Tell whether what the fixes set right is right at other points too."""
        fixed = frozenset().union(*(one.fixed for one in fixes))
        edits = [one.edit for one in fixes]
        codes: Codes = {}
        with put(edits):
            for edit in edits:
                codes |= self._trial.program.of(edit.where)
        settled = self._trial.hooks.settled
        self._trial.hooks.settled = settled | {edit.number for edit in edits}
        try:
            outcomes = [(point, self._trial.outcome(codes, 0, point)) for point in self._points()]
        finally:
            self._trial.hooks.settled = settled
        return all(outcome is not None and not point.wrong(outcome) & fixed for point, outcome in outcomes)

    def _points(self) -> list[Point]:
        if self._elsewhere is None:
            self._trial.hooks.start()
            self._elsewhere = list(self._subject.elsewhere())
        return self._elsewhere


def patch_of_all(proofs: Sequence[Proof]) -> str:
    """Return the diff that fixes all that several experiments were about.

    "" where one of them has found nothing.
    """
    if not all(proof.is_whole for proof in proofs):
        return ""
    edits = {(*edit.source, edit.text): edit for proof in proofs for edit in proof.edits}
    return patch_of(list(edits.values()))
