"""The search for the edit that fixes: one after the other, the cheapest and most suspect first."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import FunctionType, ModuleType
from typing import Any

from .edits import ROWS, STATEMENT_ROWS, Row, StatementRow
from .places import factors_in, functions_in, names_in, places_of, text_of, unread_in
from .source import codes_within
from .suspects import Suspects
from .syntax import COMPOUND, is_lifted, own_lines
from .tree import Codes, Def, Slot, Statement, call_of_hook, own_statements, slots
from .trial import Trial

DEEPEST = 2
AT_ONCE = 48
"""So many edits are compiled together."""
AT_FRONT = 0.8
"""So much less costs a change of the line where the first wrong number is made; half of it at the next line."""
IF_BELIEVED = 1.5
"""So much less at a line that other evidence blames."""
SLACK = 0.5
"""The search goes on to edits that cost so much more than the first that fixes all: one of them may be as likely."""
_NUMBERS = count(1)


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of one statement.

    Attributes:
        old: the node that is replaced.
        text: what stands there instead.
        is_statement: whether that is the whole statement.
        cost: how unlikely it is.
        rank: where it is tried: also by how early the numbers of its line are wrong.
        number: by which the hooks know it.
    """

    row: Row | StatementRow
    where: Def
    statement: Statement
    slot: Slot
    old: ast.AST
    text: str
    is_statement: bool
    cost: float
    rank: float
    number: int

    @property
    def source(self) -> tuple[str, int]:
        """Return the file, and the first line of the statement."""
        return self.where.key[0], self.statement.lineno

    @property
    def line(self) -> int:
        """Return the line of what is changed; a statement may have many."""
        return self.statement.lineno if self.is_statement else int(getattr(self.old, "lineno", self.statement.lineno))

    def put(self) -> None:
        """Put it into the syntax, beside what stands there.

        Which of them runs, the hooks are asked.
        """
        at = self.statement.lineno
        # On its line already: to give every node of it one afterwards takes longer than to compile it.
        body = ast.parse("\n" * (at - 1) + self.text).body
        test = call_of_hook("is_on", ast.Constant(self.number))
        before: Any = self.slot.get()
        new: ast.AST
        if self.is_statement:
            new = ast.If(test, body, [before])
        else:
            assert isinstance(body[0], ast.Expr)
            new = ast.IfExp(test, body[0].value, before)
        rest = (inner for part in body for inner in ast.walk(part)) if "\n" in self.text else ()
        for one in (new, *ast.walk(test), *rest):
            if isinstance(one, (ast.expr, ast.stmt, ast.keyword)):
                one.lineno = one.end_lineno = at
                one.col_offset = one.end_col_offset = 0
        self.slot.put(new)


@contextmanager
def put(edits: Iterable[Edit]) -> Iterator[None]:
    """Put these edits into the syntax, while this lasts."""
    before: list[tuple[Slot, ast.AST]] = []
    try:
        for edit in edits:
            before.append((edit.slot, edit.slot.get()))
            edit.put()
        yield
    finally:
        for slot, node in reversed(before):
            slot.put(node)


@dataclass(frozen=True, eq=False)
class Fix:
    """An edit that makes some wrong gradients right, and nothing else wrong."""

    edit: Edit
    fixed: frozenset[str]


def candidates(trial: Trial, suspects: Suspects, depth: int) -> list[Edit]:
    """Return the edits of a depth, in the order in which they are tried."""
    found: list[Edit] = []
    codes = ((one, code) for one in reversed(trial.subject.functions) for code in codes_within(one.__code__))
    functions = {(code.co_filename, code.co_name, code.co_firstlineno): one for one, code in codes}
    shared = [one.node for one in trial.program.defs if one.key[:2] in trial.subject.shared]
    applied = list(dict.fromkeys(text for node in shared for text in functions_in(node)))
    factors = list(dict.fromkeys(text for node in shared for text in factors_in(node)))
    attributes = {id(unit): _attributes_of_self(unit) for _, unit, _ in trial.program.units().values()}
    for where in trial.program.defs:
        names, own = _names(functions.get(where.key)), attributes[id(where.unit)]
        found += _of_function(where, names, own, factors, applied, trial, suspects, depth)
    found.sort(key=lambda edit: edit.rank)
    return found


def _attributes_of_self(unit: ast.stmt) -> list[str]:
    """Return what the methods of a class keep on their object.

    Nothing of what is no class.
    """
    return [one for one in names_in(unit) if one.startswith("self.")] if isinstance(unit, ast.ClassDef) else []


def _names(function: FunctionType | None) -> dict[str, Any]:
    """Return what the names in a function stand for, beside its own variables."""
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
    where: Def,
    names: Mapping[str, Any],
    attributes: Sequence[str],
    factors: Sequence[str],
    applied: Sequence[str],
    trial: Trial,
    suspects: Suspects,
    depth: int,
) -> Iterator[Edit]:
    own, unread, front = names_in(where.node), unread_in(where.node), suspects.front
    own += [one for one in attributes if one not in own]
    own += [one for one in trial.subject.at_hand if one not in own]
    own = [one for one in own if not isinstance(names.get(one.partition(".")[0]), (ModuleType, FunctionType, type))]
    dialect = trial.subject.dialect
    called = dialect.called_in(names)
    at = slots(where.node)
    file = where.key[0]
    is_shared = where.key[:2] in trial.subject.shared
    for statement, slot in own_statements(where.node):
        trial.hooks.deadline.check()
        lines = own_lines(statement)
        if isinstance(
            statement,
            (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.With, ast.Try),
        ):
            continue
        if not suspects.may_be_wrong(file, lines) or _hands_on(statement, dialect.saving):
            continue
        events = suspects.of_lines(file, lines) if not isinstance(statement, COMPOUND) else []
        is_sound = bool(events) and all(event in suspects.sound for event in events)
        is_bad = any(event not in suspects.sound for event in events)
        if depth == DEEPEST and not is_bad and events:
            continue
        nearest = next((place for place, one in enumerate(front) if one[0] == file and one[1] in lines), len(front))
        extra = 0.3 * is_sound - 0.3 * is_bad + 0.3 * is_shared
        is_believed = any((file, line) in trial.subject.believed for line in lines)
        sooner_by = AT_FRONT * 0.5**nearest * (nearest < len(front)) + IF_BELIEVED * is_believed
        sooner = nearest < 2 or is_believed
        for row in STATEMENT_ROWS:
            if not isinstance(statement, ast.stmt) or isinstance(statement, COMPOUND) or is_lifted(statement):
                break
            if max(row.depth - sooner, 0) == depth:
                for text in row.applies(statement, own):
                    cost, new = row.cost + extra, dialect.spelt(text, called)
                    if not new or not trial.subject.may_change(file, where.node, statement, new):
                        continue
                    rank, number = cost - sooner_by, next(_NUMBERS)
                    yield Edit(row, where, statement, slot, statement, new, True, cost, rank, number)
        for place in places_of(statement, own, suspects.shapes, unread, factors, applied):
            for entry in ROWS:
                if max(entry.depth - sooner, 0) == depth:
                    for text in entry.applies(place):
                        if text != place.text:
                            cost, new = entry.cost + extra, dialect.spelt(text, called)
                            if not new or not trial.subject.may_change(file, where.node, place.node, new):
                                continue
                            to, rank, number = at[id(place.node)], cost - sooner_by, next(_NUMBERS)
                            yield Edit(entry, where, statement, to, place.node, new, False, cost, rank, number)


def _hands_on(statement: Statement, method: str) -> bool:
    """Tell whether a statement calls the method by which a forward hands something on."""
    called = getattr(getattr(statement, "value", None), "func", None)
    return bool(method) and getattr(called, "attr", "") == method


class Search:
    """The edits that fix something, as far as they are found in the time there is.

    Args:
        holds: says of an edit that fixes all whether it does so at other points too.

    Attributes:
        fixes: in the order in which they were found.
        is_late: whether the time was over before all were tried.
    """

    def __init__(
        self, trial: Trial, suspects: Suspects, is_over: Callable[[], bool], holds: Callable[[Fix], bool]
    ) -> None:
        self._trial, self._suspects, self._is_over, self._holds = trial, suspects, is_over, holds
        self.fixes: list[Fix] = []
        self.is_late = False
        self._bar = float("inf")
        tried: set[tuple[int, str]] = set()
        for depth in range(DEEPEST + 1):
            edits = []
            for edit in candidates(trial, suspects, depth):
                if (id(edit.old), edit.text) not in tried:
                    tried.add((id(edit.old), edit.text))
                    edits.append(edit)
            self._try_all(edits)
            fixed = frozenset().union(*(one.fixed for one in self.fixes))
            if self.is_late or self._bar < float("inf") or (depth and len(fixed) > 2 and fixed == suspects.wrong):
                return

    def _try_all(self, edits: Sequence[Edit]) -> None:
        for first in range(0, len(edits), AT_ONCE):
            for edit, codes in self._compiled(edits[first : first + AT_ONCE]):
                if edit.rank > self._bar:
                    return
                if self._is_over():
                    self.is_late = True
                    return
                self._try(edit, codes)

    def _compiled(self, edits: Sequence[Edit]) -> Iterator[tuple[Edit, Codes]]:
        """Yield the edits, those of one function compiled together: to compile takes longer than to run."""
        by_def: dict[int, list[Edit]] = {}
        for edit in edits:
            by_def.setdefault(id(edit.where.node), []).append(edit)
        codes = {key: self._together(some) for key, some in by_def.items()}
        for edit in edits:
            code = codes[id(edit.where.node)] or self._together([edit])
            if code:
                yield edit, code

    def _together(self, edits: Sequence[Edit]) -> Codes:
        try:
            with put(edits):
                return self._trial.program.of(edits[0].where)
        except (SyntaxError, ValueError):  # what cannot be written there
            return {}

    def _try(self, edit: Edit, codes: Codes) -> None:
        outcome = self._trial.outcome(codes, edit.number)
        if outcome is None or not self._trial.keeps_results(outcome):
            return
        wrong = self._trial.subject.here.wrong(outcome)
        fix = Fix(edit, self._suspects.wrong - wrong)
        # What fixes all ends the search: it must not be so by chance.
        if wrong < self._suspects.wrong and (wrong or self._holds(fix)):
            self.fixes.append(fix)
            if not wrong:
                self._bar = min(self._bar, edit.rank + SLACK)


def said_text(edit: Edit) -> str:
    """Return the statement as it stands in one line.

    Of one with a body its head, of one that is in no file its value.
    """
    statement = edit.statement
    if isinstance(statement, ast.Assign) and is_lifted(statement):
        return text_of(statement.value)
    return text_of(statement).splitlines()[0] if isinstance(statement, COMPOUND) else text_of(statement)
