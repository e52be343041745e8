"""The search for the edit that mends: one after the other, the cheapest and most suspect first."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from .allowed import is_allowed
from .edits import ROWS, STATEMENT_ROWS, Row, StatementRow
from .places import names_in, places_of, text_of
from .suspects import Suspects
from .tree import COMPOUND, SCOPES, Def, Slot, call_of_hook, own_lines, own_statements, slots
from .trial import Trial

DEEPEST = 2
SLACK = 0.3
"""The search goes on to edits that cost so much more than the first that mends all: one of them may be as likely."""


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of one statement.

    Attributes:
        old: the node that is replaced.
        text: what stands there instead.
        is_statement: whether that is the whole statement.
        is_sound: whether all that its lines write speaks against a mistake in them.
    """

    row: Row | StatementRow
    where: Def
    statement: ast.stmt
    slot: Slot
    old: ast.AST
    text: str
    is_statement: bool
    cost: float
    is_sound: bool
    numpy: str

    @property
    def source(self) -> tuple[str, int]:
        """The file, and the first line of the statement."""
        return self.where.key[0], self.statement.lineno

    @contextmanager
    def applied(self) -> Iterator[None]:
        """While this lasts the syntax is changed: for the thread of the experiment, and for no other."""
        body = ast.parse(self.text).body
        if self.numpy != "np":
            for one in ast.walk(ast.Module(body, [])):
                if isinstance(one, ast.Name) and one.id == "np":
                    one.id = self.numpy
        new: ast.AST
        if self.is_statement:
            assert isinstance(self.old, ast.stmt)
            new = ast.If(call_of_hook("mine"), body, [self.old])
        else:
            assert isinstance(self.old, ast.expr) and isinstance(body[0], ast.Expr)
            new = ast.IfExp(call_of_hook("mine"), body[0].value, self.old)
        for one in [new, *(inner for part in body for inner in ast.walk(part)), *ast.walk(getattr(new, "test"))]:
            if isinstance(one, (ast.expr, ast.stmt, ast.keyword)):
                one.lineno = one.end_lineno = self.statement.lineno
                one.col_offset = one.end_col_offset = 0
        self.slot.put(new)
        try:
            yield
        finally:
            self.slot.put(self.old)


@dataclass(frozen=True, eq=False)
class Mend:
    """An edit that makes some wrong gradients right, and nothing else wrong."""

    edit: Edit
    mended: frozenset[str]


def candidates(trial: Trial, suspects: Suspects, depth: int) -> list[Edit]:
    """The edits of a depth, the cheapest first."""
    found: list[Edit] = []
    methods = {one.node.name for one in trial.program.defs}
    methods |= {one.unit.name for one in trial.program.defs if isinstance(one.unit, ast.ClassDef)}
    functions = {one.__code__.co_name: one for one in trial.subject.functions}
    for where in trial.program.defs:
        names = _names(functions.get(where.node.name))
        found += _of_function(where, names, methods, trial, suspects, depth)
    found.sort(key=lambda edit: edit.cost)
    return found


def _names(function: FunctionType | None) -> dict[str, Any]:
    """What the names in a function stand for, beside its own variables."""
    if function is None:
        return {}
    found = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # empty as yet
            continue
    return found


def _of_function(
    where: Def, names: Mapping[str, Any], methods: set[str], trial: Trial, suspects: Suspects, depth: int
) -> Iterator[Edit]:
    own = names_in(where.node)
    if isinstance(where.unit, ast.ClassDef):
        own += [one for one in names_in(where.unit) if one.startswith("self.") and one not in own]
    own = [one for one in own if not isinstance(names.get(one), (ModuleType, FunctionType, type))]
    numpy = next((name for name, thing in names.items() if thing is np), "np") if names.get("np") is not np else "np"
    at = slots(where.node)
    file = where.key[0]
    is_shared = (file, where.node.name) in trial.subject.shared
    for statement, slot in own_statements(where.node):
        lines = own_lines(statement)
        if isinstance(statement, (*SCOPES, ast.Import, ast.ImportFrom, ast.With, ast.Try)):
            continue
        if not suspects.may_be_wrong(file, lines) or not is_allowed(statement, names, methods):
            continue
        events = suspects.of_lines(file, lines) if not isinstance(statement, COMPOUND) else []
        is_sound = bool(events) and all(event in suspects.sound for event in events)
        is_bad = any(event not in suspects.sound for event in events)
        if depth == DEEPEST and not is_bad and events:
            continue
        extra = 0.5 * is_sound - 0.5 * is_bad + 0.3 * is_shared
        for row in STATEMENT_ROWS:
            if row.depth == depth and not isinstance(statement, COMPOUND):
                for text in row.applies(statement, own):
                    cost = row.cost + extra
                    yield Edit(row, where, statement, slot, statement, text, True, cost, is_sound, numpy)
        for place in places_of(statement, own):
            for entry in ROWS:
                if entry.depth == depth:
                    for text in entry.applies(place):
                        if text != place.text:
                            cost = entry.cost + extra
                            to = at[id(place.node)]
                            yield Edit(entry, where, statement, to, place.node, text, False, cost, is_sound, numpy)


class Search:
    """The edits that mend something, as far as they are found in the time there is.

    Attributes:
        mends: in the order in which they were found.
        is_late: whether the time was over before all were tried.
    """

    def __init__(self, trial: Trial, suspects: Suspects, until: float) -> None:
        self._trial, self._suspects, self._until = trial, suspects, until
        self.mends: list[Mend] = []
        self.is_late = False
        self._tried: set[tuple[int, str]] = set()
        self._bar = float("inf")
        for depth in range(DEEPEST + 1):
            self._try_all(candidates(trial, suspects, depth))
            mended = frozenset().union(*(one.mended for one in self.mends))
            if self.is_late or self._bar < float("inf") or (depth and len(mended) > 2 and mended == suspects.wrong):
                return

    def _try_all(self, edits: Sequence[Edit]) -> None:
        for edit in edits:
            if edit.cost > self._bar:
                return
            if time.perf_counter() > self._until:
                self.is_late = True
                return
            key = (id(edit.old), edit.text)
            if key not in self._tried:
                self._tried.add(key)
                self._try(edit)

    def _try(self, edit: Edit) -> None:
        try:
            with edit.applied():
                codes = self._trial.program.of(edit.where)
        except (SyntaxError, ValueError):
            return
        outcome = self._trial.outcome(codes) if codes else None
        if outcome is None or not self._trial.keeps_results(outcome):
            return
        wrong = self._trial.subject.here.wrong(outcome)
        if wrong < self._suspects.wrong:
            self.mends.append(Mend(edit, self._suspects.wrong - wrong))
            if not wrong:
                self._bar = min(self._bar, edit.cost + SLACK)


def said_text(edit: Edit) -> str:
    """The statement as it stands in one line; of one with a body its head."""
    statement = edit.statement
    return text_of(statement).splitlines()[0] if isinstance(statement, COMPOUND) else text_of(statement)
