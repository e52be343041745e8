"""The search for the edit that fixes: one after the other, the cheapest and most suspect first; and the choice."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count, product
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from .hooks import Site, call_of_hook
from .localize import Known, Number, Suspects, names_used
from .operators import Row, mutations
from .places import Material, factors_in, functions_in, names_in, places_of, text_of, unread_in
from .source import COMPOUND, codes_within, own_lines
from .tree import Codes, Def, Slot, Statement, key_of, own_statements, slots
from .trial import Trial, Watched
from .user_code import closure_of

DEEPEST = 2
AT_ONCE = 48
"""So many edits are compiled together."""
AT_FRONT = 0.8
"""So much less costs a change of the line where the first wrong number is made; half of it at the next line."""
DEAR, IF_DEAR = 50.0, 5
"""Of runs that come to more not all can be made: so many times as much sooner are changes there tried."""
IF_BELIEVED = 1.5
"""So much less at a line that other evidence blames."""
SLACK = 0.5
"""The search goes on to edits that cost so much more than the first that fixes all: one of them may be as likely."""
SCALES, SLACK_IF_SCALE = ("sign", "factor"), 1.2
"""What is off by a factor can be made right at each line on the way."""
MOST_WHOLE = 14
PER_EDIT, PER_COST, PER_LOSS = 1.0, 0.5, 1.5
"""What an edit weighs, what each unit of its cost does, and what it does to make something untrue on the way."""
PER_SIZE, LARGEST = 0.0005, 80
"""Of two lines that cannot be told apart the longer one is taken: there is more in it to get wrong."""
LESS_IF_BELIEVED = 0.15
"""So much less weighs an edit of a line that other evidence blames."""
AS_GOOD = 0.2
"""Plans that differ by less, and are as true on the way, are as good as one another."""
_NUMBERS = count(1)


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of one statement: `text` in the place of `old`, which may be all of it.

    Attributes:
        cost: how unlikely it is.
        rank: where it is tried: also by how early the numbers of its line are wrong.
        number: by which the hooks know it.
    """

    row: Row
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

    @property
    def lines(self) -> range:
        """Return the lines of the statement."""
        return range(self.statement.lineno, (self.statement.end_lineno or self.statement.lineno) + 1)

    def put(self) -> None:
        """Put it into the syntax, beside what stands there; which of them runs, the hooks are asked."""
        at = self.statement.lineno
        # On its line already: to give every node of it one afterwards takes longer than to compile it.
        body = ast.parse("\n" * (at - 1) + self.text).body
        calls: list[Any] = [call_of_hook("is_on", ast.Constant(self.number)), call_of_hook("compute")]
        unplaced = [one for call in calls for one in (call, call.func, call.func.value, *call.args)]
        test, computed = calls
        before: Any = self.slot.get()
        new: ast.AST
        if self.is_statement:
            new = ast.If(test, body, [before])
        else:
            assert isinstance(body[0], ast.Expr)
            match body[0].value:
                case ast.BinOp(left, ast.Mult(), right):
                    computed.args = [left, right]
                case value:
                    computed.args = [value]
            new = ast.IfExp(test, computed, before)
        rest = (inner for part in body for inner in ast.walk(part)) if "\n" in self.text else ()
        for one in (new, *unplaced, *rest):
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


class Fix(NamedTuple):
    """An edit that makes some wrong gradients right, and nothing else wrong."""

    edit: Edit
    fixed: frozenset[str]


def candidates(
    trial: Trial,
    suspects: Suspects,
    depth: int,
    is_wanted: Callable[[Def, Statement], bool] | None = None,
    least: int = 1,
) -> list[Edit]:
    """Return the edits of a depth, of statements that are wanted, in the order in which they are tried.

    Args:
        least: so many gradients other numbers of a statement must be able to make right.
    """
    subject, dialect, found = trial.subject, trial.subject.dialect, list[Edit]()
    codes = ((one, code) for one in reversed(subject.functions) for code in codes_within(one.__code__))
    functions = {(code.co_filename, code.co_name, code.co_firstlineno): one for one, code in codes}
    shared = [one.node for one in trial.program.defs if one.key[:2] in subject.shared]
    applied = list(dict.fromkeys(text for node in shared for text in functions_in(node)))
    by_upstream = tuple(f"/ {name}" for name in subject.upstream)  # nothing is divided by what arrives
    factors = {text: name for node in shared for text, name in factors_in(node).items()}
    for where in trial.program.defs:
        function = functions.get(where.key)
        bound = {} if function is None else {**function.__globals__, **closure_of(function)}
        outer = where.outermost  # where it runs itself, what is written in it is made anew by each run
        around = [] if outer is None or key_of(where.key[0], outer) not in functions else names_in(outer)
        names = _things_at_hand(where, bound, [*around, *subject.at_hand])
        unnamed = [text for text, name in factors.items() if name not in names]
        material, at = Material(names, suspects.shapes, unread_in(where.node), unnamed, applied), slots(where.node)
        called = dialect.alias_in(bound)
        for statement, slot in own_statements(where.node):
            trial.hooks.deadline.check()
            is_off = is_wanted is not None and not is_wanted(where, statement)
            rating = None if is_off else _rate(where, statement, trial, suspects, depth, least)
            if rating is None:
                continue
            (extra, sooner_by, is_sooner), kept = rating, _kept_by(statement)
            for place in places_of(statement, material):
                old, is_whole = place.node, place.node is statement
                for row, text in mutations(place, depth, is_sooner):
                    cost, new = row.cost + extra, dialect.spell(text, called)
                    if new and new not in kept and not text.endswith(by_upstream):
                        to, rank = slot if is_whole else at[id(old)], cost - sooner_by
                        found.append(Edit(row, where, statement, to, old, new, is_whole, cost, rank, next(_NUMBERS)))
    return sorted(found, key=lambda edit: edit.rank)


def _things_at_hand(where: Def, bound: Mapping[str, Any], more: Sequence[str]) -> list[str]:
    """Return what a function may use: what it names, what the methods of its class keep on their object, and more."""
    own = names_in(where.unit) if isinstance(where.unit, ast.ClassDef) else []
    names = dict.fromkeys([*names_in(where.node), *(one for one in own if one.startswith("self.")), *more])
    no_values = (ModuleType, FunctionType, type)
    return [one for one in names if not isinstance(bound.get(one.partition(".")[0]), no_values)]


def _kept_by(statement: Statement) -> set[str]:
    """Return what is put into something else, and into what: put into itself it would be without end."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner), args=kept)):
            return set(map(text_of, (owner, *kept)))
    return set()


def _rate(
    where: Def, statement: Statement, trial: Trial, suspects: Suspects, depth: int, least: int
) -> tuple[float, float, bool] | None:
    """Return what a change of a statement costs more, how much sooner it is tried, and whether a depth sooner.

    None where it is not tried at all.
    """
    file, lines = where.key[0], own_lines(statement)
    saves = getattr(getattr(getattr(statement, "value", None), "func", None), "attr", None)
    numbers = suspects.numbers_at(file, lines) if not isinstance(statement, COMPOUND) else []
    is_bad = any(not one.is_sound for one in numbers)
    is_unlikely = depth and not is_bad and (depth == DEEPEST or not numbers)
    if is_unlikely or saves == (trial.subject.dialect.saving or 0) or suspects.may_fix(file, lines) < least:
        return None
    front = [one for one, line in enumerate(suspects.front) if line[0] == file and line[1] in lines]
    is_believed = any((file, line) in trial.subject.believed for line in lines)
    extra = -0.3 * is_bad + 0.3 * (bool(numbers) and not is_bad) + 0.3 * (where.key[:2] in trial.subject.shared)
    sooner = IF_DEAR if trial.work > DEAR else 1
    sooner_by = IF_BELIEVED * is_believed + (AT_FRONT * sooner * 0.5 ** front[0] if front else 0.0)
    return extra, sooner_by, is_believed or min(front or [len(suspects.front)]) < 2


class Search:
    """The edits that fix something, in the order in which they were found; `is_late` if not all were tried.

    Args:
        holds: says of an edit that fixes all whether it does so at other points too.
        loss: says of one what it makes untrue on the way: so much longer the search goes on.
    """

    def __init__(
        self,
        trial: Trial,
        suspects: Suspects,
        is_over: Callable[[], bool],
        holds: Callable[[Fix], bool],
        loss: Callable[[Fix], float],
    ) -> None:
        self._trial, self._suspects, self._is_over = trial, suspects, is_over
        self._holds, self._loss = holds, loss
        self.fixes: list[Fix] = []
        self.is_late = False
        self._bar, self._dearest = float("inf"), 0.0
        self._fixed: list[tuple[set[str], set[str]]] = []
        self._kinds: set[str] = set()
        tried: set[tuple[int, str]] = set()
        # One mistake is at a statement that can make all right.
        for least, depth in product(sorted({len(suspects.wrong), 1}, reverse=True), range(DEEPEST + 1)):
            was_found = self._bar < float("inf")
            # One cause may be behind what all fixes change.
            wanted = self._is_beside if was_found else None
            edits: dict[tuple[int, str], Edit] = {}
            for edit in candidates(trial, suspects, depth, wanted, least):
                edits.setdefault((id(edit.old), edit.text), edit)
            self._try_all([edit for key, edit in edits.items() if key not in tried])
            tried.update(edits)
            if self.is_late or was_found:
                return

    def _is_due(self, edit: Edit) -> bool:
        is_alike = edit.row.cost <= self._dearest and edit.row.kind in self._kinds
        return edit.rank <= self._bar or (is_alike and self._is_beside(edit.where, edit.statement))

    def _is_beside(self, where: Def, statement: Statement) -> bool:
        """Tell whether a statement gives what one that was fixed reads, or reads what that gives."""
        given, read = _names_used(where, statement)
        return any(given & one[1] or read & one[0] for one in self._fixed)

    def _try_all(self, edits: Sequence[Edit]) -> None:
        """Try edits, compiled a few at once, while there is time."""
        for first in range(0, len(edits), AT_ONCE):
            for edit, codes in self._compile(list(filter(self._is_due, edits[first : first + AT_ONCE]))):
                if not self._is_due(edit):
                    continue
                if self._is_over():
                    self.is_late = True
                    return
                self._try(edit, codes)

    def _compile(self, edits: Sequence[Edit]) -> Iterator[tuple[Edit, Codes]]:
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
                return self._trial.program.codes_of(edits[0].where)
        except (SyntaxError, ValueError):  # what cannot be written there
            return {}

    def _try(self, edit: Edit, codes: Codes) -> None:
        """Run the program with one edit, and keep it where it fixes some gradients and breaks nothing."""
        outcome, here = self._trial.outcome(codes, [edit.number]), self._trial.subject.here
        if outcome is None or here.wrong(outcome, self._suspects.wrong) == self._suspects.wrong:  # as of most edits
            return
        wrong = here.wrong(outcome)
        fix = Fix(edit, self._suspects.wrong - wrong)
        if not wrong < self._suspects.wrong or not self._trial.keeps_results(outcome):
            return
        # What fixes all ends the search: it must not be so by chance.
        if wrong or self._holds(fix):
            self.fixes.append(fix)
            if not wrong:
                slack = SLACK_IF_SCALE if edit.row.kind in SCALES else SLACK
                self._bar = min(self._bar, edit.rank + slack + self._loss(fix))
                self._dearest = max(self._dearest, edit.row.cost + SLACK)
                self._fixed.append(_names_used(edit.where, edit.statement))
                self._kinds.add(edit.row.kind)


class Plan(NamedTuple):
    """A fix, and the cost of believing it."""

    score: float
    fix: Fix

    @property
    def line(self) -> tuple[str, int]:
        return self.fix.edit.source


class Plans:
    """The plans that some fixes make, the best first."""

    def __init__(self, trial: Trial, suspects: Suspects, known: Known) -> None:
        self._trial, self._known, self._handed = trial, known, suspects.handed
        self._before = self._truth_of(suspects.run)
        self._gradients = {one.site.name for one in suspects.numbers if one.kinds - {"data"}}
        self._weight, self._truth = cache(self._weigh), cache(self._compute_truth)

    def rank(self, fixes: Sequence[Fix]) -> Iterator[list[Plan]]:
        """Yield the plans that fix the same, the best first; those that fix most come first."""
        alike: dict[frozenset[str], list[Fix]] = {}
        for one in sorted(fixes, key=lambda one: (-len(one.fixed), one.edit.cost)):
            alike.setdefault(one.fixed, []).append(one)
        for whole in alike.values():
            places: dict[int, list[Fix]] = {}
            for one in whole[:MOST_WHOLE]:
                places.setdefault(id(one.edit.old), []).append(one)
            plans = []
            for some in places.values():  # they come to the same: what takes a part away says it, else the likeliest
                first = min(some, key=lambda one: (one.edit.text not in text_of(one.edit.old), self._weight(one)))
                plans.append(Plan(min(map(self._weight, some)), first))
            yield sorted(plans, key=lambda plan: (sum(self._is_truer(one, plan) for one in plans), plan.score))

    def rivals(self, plans: Sequence[Plan], best: Plan) -> list[Plan]:
        """Return plans as good as the best, on other lines; nothing that was tried tells them apart."""
        found: dict[tuple[str, int], Plan] = {}
        for plan in plans:
            is_as_good = plan.score <= best.score + AS_GOOD and not any(self._is_truer(one, plan) for one in plans)
            if is_as_good and plan.line != best.line and not isinstance(plan.fix.edit.statement, ast.Return):
                found.setdefault(plan.line, plan)
        return list(found.values())

    def _is_truer(self, one: Plan, other: Plan) -> bool:
        """Tell whether no variable is less true by a plan than by another, and some are truer."""
        first, second = self._truth(one.fix), self._truth(other.fix)
        pairs = [(first[site][0], second[site][0]) for site in first.keys() & second.keys()]
        return any(a > b for a, b in pairs) and all(a >= b for a, b in pairs)

    def _weigh(self, fix: Fix) -> float:
        """Return the cost of believing a fix: by its edit, its size, and what it makes untrue on the way."""
        edit = fix.edit
        size = min(sum(1 for _ in ast.walk(edit.statement)), LARGEST)
        is_believed = any((edit.source[0], line) in self._trial.subject.believed for line in edit.lines)
        weight = PER_EDIT + PER_COST * edit.row.cost - PER_SIZE * size - LESS_IF_BELIEVED * is_believed
        return weight + PER_LOSS * self.loss(fix)

    def loss(self, fix: Fix) -> float:
        """Return 1.0 where an edit makes something untrue on the way, or another's gradient; 0.0 where it does not."""
        after = self._truth(fix)
        pairs = [(*self._before[site], *after[site]) for site in self._before.keys() & after.keys()]
        return float(any(now < was or (was == now > 0 and not of & new) for was, of, now, new in pairs))

    def _compute_truth(self, fix: Fix) -> dict[Site, tuple[int, frozenset[int]]]:
        """Return by site how true what is written there is with a fix made; {} where it cannot be run."""
        run = self._watch(fix.edit)
        return {} if run is None else self._truth_of(run)

    def _watch(self, edit: Edit) -> Watched | None:
        """Return a run with an edit made; None where it cannot be."""
        try:
            with put([edit]):
                codes = self._trial.watching_codes(edit.where)
        except (SyntaxError, ValueError):  # what cannot be written there
            return None
        return self._trial.watch(None, codes, [edit.number])

    def _truth_of(self, run: Watched) -> dict[Site, tuple[int, frozenset[int]]]:
        """Return by site 2 where a run writes what the variable's name says, 1 for another gradient or a part, else 0.

        What tells nothing, and what is only handed on, is left out.
        """
        written: dict[Site, list[Number]] = {}
        for event, value in run.seen:
            number = Number(event, value, self._known)
            if number.places is not None and event.site.kind != "return" and event.line not in self._handed:
                written.setdefault(event.site, []).append(number)
        return {site: self._judge(some) for site, some in written.items()}

    def _judge(self, numbers: Sequence[Number]) -> tuple[int, frozenset[int]]:
        places: frozenset[int] = frozenset().union(*(one.places or () for one in numbers))
        return 2 if self._is_named(numbers) else int(all(map(self._is_true, numbers))), places

    def _is_true(self, number: Number) -> bool:
        """Tell whether a number has the entries of a gradient, or of a part of one, in any order."""
        of = (self._known.numbers[place] for place in number.places or ())
        return any(one.kind in ("gradient", "part") and np.size(one.array) == np.size(number.value) for one in of)

    def _is_named(self, numbers: Sequence[Number]) -> bool:
        """Tell whether a variable holds what its name says: what the forward's of that name does, or its gradient."""
        is_name_of, name = self._trial.subject.is_name_of, numbers[0].site.name
        size = np.size(numbers[0].value)
        known = [one for some in numbers for one in some.matches if one.kind != "data" or np.size(one.array) == size]
        if "delta" in name:  # of what comes out of an activation, or of what goes into it
            return any(is_name_of(name, one.of) for one in known if one.kind == "gradient")
        says = {"data": str.__eq__, "gradient": is_name_of}
        labels = ((one.kind, getattr(one.of, "label", one.of)) for one in known if one.kind in says)
        return bool(name) and any(label and says[kind](name, label) is True for kind, label in labels)

    def first_of_several(self, suspects: Suspects, is_over: Callable[[], bool]) -> Plan | None:
        """Return the edit of the line of the first wrong number that makes most numbers true; None for none."""
        if not suspects.front:
            return None
        file, at = line = suspects.front[0]
        first = next(one.event for one in suspects.numbers if one.line == line)
        best: Edit | None = None
        most = sum(level for level, _ in self._before.values())
        edits = candidates(self._trial, suspects, 0, lambda where, one: where.key[0] == file and at in own_lines(one))
        for edit in edits:
            run = None if is_over() else self._watch(edit)
            value = None if run is None else dict(run.seen).get(first)
            if run is not None and value is not None and Number(first, value, self._known).is_gradient:
                true = sum(level for level, _ in self._truth_of(run).values())
                best, most = (edit, true) if true > most else (best, most)
        return None if best is None else Plan(0.0, Fix(best, frozenset()))

    def kind_of(self, edit: Edit) -> str:
        """Return the slip that an edit has undone."""
        if edit.row.kind == "forgot-local" and edit.text.rpartition("* ")[2] in self._trial.subject.upstream:
            return "forgot-upstream"  # the gradient that arrives is put in as a factor
        is_of_gradients = {getattr(edit.old, "id", ""), edit.text} <= self._gradients
        return "wrong-upstream" if edit.row.kind == "rule" and is_of_gradients else edit.row.kind


def _names_used(where: Def, statement: Statement) -> tuple[set[str], set[str]]:
    """Return the names that a statement defines, of a `return` that of its function, and those that it reads."""
    given, read = names_used(statement)
    return {where.key[1]} if isinstance(statement, ast.Return) else given, read
