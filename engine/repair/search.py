"""The search for the edit that fixes: one after the other, the cheapest and most suspect first; and the choice."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from .hooks import Site, call_of_hook
from .localize import FRONT, MOST_APART, Number, Suspects
from .moving import MOVED, moves
from .operators import Row, mutations
from .places import Material, axes_in, factors_in, functions_in, names_in, places_of, target_of, text_of, unread_in
from .source import COMPOUND, codes_within, copy_of, own_lines
from .tree import Codes, Def, Slot, Statement, own_statements, slots
from .trial import Numbers, Trial, Watched, name_of
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
PER_LOSS_LONGER = 3.0
"""So much longer it goes on for each number that the first makes untrue."""
SCALES, SLACK_IF_SCALE = ("sign", "factor"), 1.2
"""What is off by a factor can be made right at each line on the way."""
MOST_WHOLE = 14
PER_EDIT, PER_COST, PER_LOSS, PER_GAIN = 1.0, 0.1, 1.5, 0.15
"""What an edit weighs, what each unit of its cost does, and what is taken away from, or given to, the numbers on the
way."""
PER_SIZE, LARGEST = 0.0005, 80
"""Of two lines that cannot be told apart the longer one is taken: there is more in it to get wrong."""
LESS_IF_BELIEVED = 0.15
"""So much less weighs an edit of a line that other evidence blames."""
AS_GOOD = 0.4
"""Plans that differ by less are as good as one another: where two lines can be changed, the dearer is often it."""
MOST_GAINS = 3
MISNAMED = 0.3
"""What it is to leave a variable unread, or with another number than its name says."""
UNTRUE = 0.6
"""What makes so much untrue is no proof: where a number is what its name says, the mistake is in what is made of it."""
FOR_ANOTHER = 0.4
"""What it is to take the true gradient of one thing away for that of another."""
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of one statement: `text` in the place of `old`, which may be all of it.

    Attributes:
        cost: how unlikely it is.
        rank: where it is tried: also by how early the numbers of its line are wrong.
        number: by which the hooks know it.
        block: the statements beside it in their new order, where all that it does is to stand elsewhere among them.
    """

    row: Row
    where: Def
    statement: Statement
    slot: Slot
    old: ast.AST
    text: str
    cost: float
    rank: float
    number: int
    block: Sequence[ast.stmt] = ()

    @property
    def source(self) -> tuple[str, int]:
        """Return the file, and the first line of the statement."""
        return self.where.key[0], self.statement.lineno

    @property
    def line(self) -> int:
        """Return the line of what is changed; a statement may have many."""
        return int(getattr(self.old, "lineno", self.statement.lineno))

    @cached_property
    def names(self) -> set[str]:
        """Return the variables that what is changed reads, and the one that its statement gives a value to."""
        target = target_of(self.statement)
        own = set() if target is None else {name_of(target)}
        return own | {one.id for one in ast.walk(self.old) if isinstance(one, ast.Name)}

    @property
    def is_removal(self) -> bool:
        """Tell whether all that it does is to take an operand away."""
        return isinstance(self.old, ast.BinOp) and self.text in map(text_of, (self.old.left, self.old.right))

    @property
    def leaves_unread(self) -> bool:
        """Tell whether nothing reads a variable any more that is read where it stands: whoever computes it needs it."""
        some = (self.where.node, self.statement, self.old, ast.parse(self.text))
        all_read, own, old, new = (Counter(_reads(one)) for one in some)
        # What is given a new value without being read is lost, though it be read further down.
        last = name_of(self.statement.targets[0]) if isinstance(self.statement, ast.Assign) else ""
        return any(times in (all_read[name], own[name] if name == last else 0) for name, times in (old - new).items())

    @property
    def drops_argument(self) -> bool:
        """Tell whether it puts something in the place of what the function is given: the call may be wrong."""
        given = {one.arg for one in ast.walk(self.where.node.args) if isinstance(one, ast.arg)}
        return not given.isdisjoint(set(_reads(self.old)).difference(_reads(ast.parse(self.text))))

    def put(self) -> None:
        """Put it into the syntax, beside what stands there; which of them runs, the hooks are asked."""
        before: Any = self.slot.get()
        line = self.statement.lineno
        at: dict[str, Any] = {"lineno": line, "end_lineno": line, "col_offset": 0, "end_col_offset": 0}
        test = call_of_hook("is_on", ast.Constant(self.number, **at), **at)
        if self.block:
            self.slot.put([ast.If(test, copy_of(self.block), before, **at)])
            return
        # On its line already: to give every node of it one afterwards takes longer than to compile it.
        made: Any = ast.parse("\n" * (line - 1) + (self.text if self.old is self.statement else f"({self.text})")).body
        if self.old is self.statement:
            new: ast.AST = ast.If(test, made, [before], **at)
        else:
            value = made[0].value
            is_product = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult)
            parts = [value.left, value.right] if is_product else [value]
            new = ast.IfExp(test, call_of_hook("compute", *parts, **at), before, **at)
        self.slot.put(new)


@contextmanager
def put(edits: Iterable[Edit]) -> Iterator[None]:
    """Put these edits into the syntax, while this lasts."""
    with ExitStack() as undone:
        for edit in sorted(edits, key=lambda one: bool(one.block)):  # after it the others' places are there no more
            undone.callback(edit.slot.put, edit.slot.get())
            edit.put()
        yield


class Fix(NamedTuple):
    """An edit that makes some wrong gradients right, and nothing else wrong."""

    edit: Edit
    fixed: frozenset[str]


def candidates(
    trial: Trial, suspects: Suspects, depth: int, is_wanted: Callable[[Statement], bool] | None = None
) -> list[Edit]:
    """Return the edits of a depth, of statements that are wanted, in the order in which they are tried."""
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
        names = _things_at_hand(where, bound, subject.at_hand)
        unnamed = [text for text, name in factors.items() if name not in names]
        axes, at = dict.fromkeys(axis for node in (where.node, *shared) for axis in axes_in(node)), slots(where.node)
        others = (one for one in trial.program.defs if isinstance(one.node, ast.FunctionDef) and one is not where)
        own = [f"self.{one.key[1]}" if isinstance(one.unit, ast.ClassDef) else one.key[1] for one in others]
        material = Material(names, suspects.shapes, unread_in(where.node), unnamed, applied, [*axes], own)
        called, is_last = dialect.alias_in(bound), depth == DEEPEST and is_wanted is None
        for statement, slot in own_statements(where.node):
            trial.hooks.deadline.check()
            is_off = is_wanted is not None and not is_wanted(statement)
            rating = None if is_off else _rate(where, statement, trial, suspects, is_last=is_last)
            ran = any((where.key[0], line) in subject.ran for line in own_lines(statement))
            if rating is None and (is_off or not (ran and isinstance(statement, ast.Assign))):
                continue
            (extra, sooner_by, is_sooner), kept = rating or (0.3, _sooner_at(1, trial), False), _kept_by(statement)
            places = list(places_of(statement, material))
            for place in places if rating else places[:1]:
                old, to = place.node, slot if place.node is statement else at[id(place.node)]
                for row, text in mutations(place, depth, is_sooner):
                    cost, new = row.cost + extra, dialect.spell(text, called)
                    if (rating or row.is_of_right) and new and new not in kept and not text.endswith(by_upstream):
                        rank = cost - sooner_by
                        found.append(Edit(row, where, statement, to, old, new, cost, rank, next(_NUMBERS)))
        for statement, slot, block in moves(where.node) if depth == MOVED.depth else ():
            if is_wanted is None or is_wanted(statement):
                new, cost, rank = "\n".join(map(text_of, block)), MOVED.cost, MOVED.cost - _sooner_at(1, trial)
                found.append(Edit(MOVED, where, statement, slot, statement, new, cost, rank, next(_NUMBERS), block))
    return sorted(found, key=lambda edit: edit.rank)


def _things_at_hand(where: Def, bound: Mapping[str, Any], more: Sequence[str]) -> list[str]:
    """Return what a function may use: what it names, and what the methods of its class keep on their object."""
    own = names_in(where.unit) if isinstance(where.unit, ast.ClassDef) else []
    names = dict.fromkeys([*names_in(where.node), *(one for one in own if one.startswith("self.")), *more])
    no_values = (ModuleType, FunctionType, type, itertools.count, itertools.cycle)
    return [one for one in names if not isinstance(bound.get(one.partition(".")[0]), no_values)]


def _kept_by(statement: Statement) -> set[str]:
    """Return what is put into something else, and into what: put into itself it would be without end."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner), args=kept)):
            return set(map(text_of, (owner, *kept)))
    return set()


def _rate(
    where: Def, statement: Statement, trial: Trial, suspects: Suspects, *, is_last: bool
) -> tuple[float, float, bool] | None:
    """Return what a change of a statement costs more, how much sooner it is tried, and whether a depth sooner.

    None where it is not tried at all.
    """
    file, lines = where.key[0], own_lines(statement)
    saves = getattr(getattr(getattr(statement, "value", None), "func", None), "attr", None)
    if not suspects.may_be_wrong(file, lines) or saves == (trial.subject.dialect.saving or 0):
        return None
    numbers = suspects.numbers_at(file, lines) if not isinstance(statement, COMPOUND) else []
    is_bad = any(not one.is_sound for one in numbers)
    if is_last and not is_bad and numbers:
        return None
    front = [one for one, line in enumerate(suspects.front) if line[0] == file and line[1] in lines]
    is_believed = any((file, line) in trial.subject.believed for line in lines)
    extra = -0.3 * is_bad + 0.3 * (bool(numbers) and not is_bad) + 0.3 * (where.key[:2] in trial.subject.shared)
    sooner_by = IF_BELIEVED * is_believed + (_sooner_at(front[0], trial) if front else 0.0)
    return extra, sooner_by, is_believed or not suspects.front or min(front, default=FRONT) < 2


def _sooner_at(place: int, trial: Trial) -> float:
    """Return how much sooner a change is tried of the line that is at a place of the front."""
    return AT_FRONT * 0.5**place * (IF_DEAR if trial.work > DEAR else 1)


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
        self._tried: set[tuple[int, str]] = set()
        self._has_tried_sources = False
        self._settled = set[int]()  # the lines at which nothing else can do what a fix of all does
        for depth in range(DEEPEST + 1):
            was_found, is_one_cause = self._bar < float("inf"), self._is_covered and len(suspects.wrong) > MOST_APART
            is_sure = any(one.fixed == suspects.wrong and loss(one) < UNTRUE for one in self.fixes)
            self._try_depth(depth, self._is_source if is_sure or is_one_cause else None)
            if self.is_late or was_found:
                return

    def _try_depth(self, depth: int, wanted: Callable[[Statement], bool] | None) -> None:
        """Try the edits of a depth, of statements that are wanted."""
        edits: dict[tuple[int, str], Edit] = {}
        for edit in candidates(self._trial, self._suspects, depth, wanted):
            edits.setdefault((id(edit.old), edit.text), edit)
        self._try_all([edit for key, edit in edits.items() if key not in self._tried])
        self._tried.update(edits)

    @property
    def _is_covered(self) -> bool:
        """Tell whether edits that fix a part each fix all of more than one gradient: one cause may be behind them."""
        fixed = frozenset().union(*(one.fixed for one in self.fixes))
        return len(fixed) > 1 and fixed == self._suspects.wrong

    def _is_due(self, edit: Edit) -> bool:
        return edit.rank <= self._bar or (edit.row.cost <= self._dearest and self._is_source(edit.statement))

    def _is_source(self, statement: Statement) -> bool:
        """Tell whether a statement hands all fixes what they need mending for: it calls them, or sets what they use."""
        called = {name_of(one.func) for one in ast.walk(statement) if isinstance(one, ast.Call)}
        if all(one.edit.where.key[1] in called and one.edit.drops_argument for one in self.fixes):
            return True
        target, lines = target_of(statement), set(own_lines(statement))
        is_bad = not lines.isdisjoint(self._suspects.bad_lines)  # then all that their statements read counts
        used = (one.edit.names.union(_reads(one.edit.statement) if is_bad else ()) for one in self.fixes)
        return target is not None and lines.isdisjoint(self._settled) and all(name_of(target) in one for one in used)

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
        defs = {id(edit.where.node) for edit in edits}
        codes = {one: self._together([edit for edit in edits if id(edit.where.node) == one]) for one in defs}
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
        is_shared = edit.where.key[:2] in self._trial.subject.shared and not edit.block  # it may be saved too late
        if is_shared and self._trial.changes_forward(codes, edit.number):
            return
        # What fixes all ends the search: it must not be so by chance.
        if wrong or self._holds(fix):
            self.fixes.append(fix)
            if wrong and self._is_covered and not self._has_tried_sources:
                self._has_tried_sources = True
                for depth in (1, DEEPEST):
                    self._try_depth(depth, self._is_source)
            if not wrong:
                slack = SLACK_IF_SCALE if edit.row.kind in SCALES else SLACK
                self._bar = min(self._bar, edit.rank + slack + PER_LOSS_LONGER * max(self._loss(fix), 0.0))
                self._dearest = max(self._dearest, edit.row.cost + SLACK)
                with put([edit]):
                    run = self._trial.watch_def(edit.where, edit.number)
                self._settled |= {*own_lines(edit.statement), *(() if run is None else self._suspects.later_lines(run))}


class Plan(NamedTuple):
    """A fix, and the cost of believing it."""

    score: float
    fix: Fix


class Plans:
    """The plans that some fixes make, the best first."""

    def __init__(self, trial: Trial, suspects: Suspects) -> None:
        self._trial, self._known = trial, suspects.known
        self._before = self._matches(suspects.run)
        self._gradients = {one.site.name for one in suspects.numbers if one.kinds - {"data"}}
        self._weight, self.loss = cache(self._weigh), cache(self._compute_loss)

    def rank(self, fixes: Sequence[Fix]) -> Iterator[list[Plan]]:
        """Yield the plans that fix the same, the best first; those that fix most come first."""
        alike: dict[frozenset[str], list[Fix]] = {}
        for one in sorted(fixes, key=lambda one: (-len(one.fixed), one.edit.cost)):
            alike.setdefault(one.fixed, []).append(one)
        for every in alike.values():
            places: dict[int, list[Fix]] = {}
            whole = [one for one in every if self.loss(one) < UNTRUE or not self._was_true(one.edit)]
            if not whole and len(alike) > 1:  # rather one change than several
                whole = every
            for one in whole[:MOST_WHOLE]:
                places.setdefault(id(one.edit.old), []).append(one)
            plans = []
            for some in places.values():  # they come to the same: what takes an operand away, or the likeliest
                first = min(some, key=lambda one: (not one.edit.is_removal, self._weight(one)))
                plans.append(Plan(min(map(self._weight, some)), first))
            yield sorted(plans, key=lambda plan: plan.score)

    def _weigh(self, fix: Fix) -> float:
        """Return the cost of believing a fix: by its edit, its size, and what it makes untrue on the way."""
        edit = fix.edit
        is_several = isinstance(getattr(edit.statement, "value", None), ast.Tuple)
        whole = edit.old if is_several else edit.statement
        size = min(sum(1 for _ in ast.walk(whole)), LARGEST)
        is_believed = any((edit.source[0], line) in self._trial.subject.believed for line in own_lines(edit.statement))
        weight = PER_EDIT + PER_COST * edit.cost - PER_SIZE * size - LESS_IF_BELIEVED * is_believed
        return weight + PER_LOSS * self.loss(fix)

    def _was_true(self, edit: Edit) -> bool:
        """Tell whether a statement that is changed gives a variable what its name says."""
        file, lines = edit.source[0], own_lines(edit.statement)
        return any(self._is_named(*one) for one in self._before.items() if one[0][0] == file and one[0][1] in lines)

    def _compute_loss(self, fix: Fix) -> float:
        """Weigh what an edit makes untrue on the way, less what it makes true."""
        edit = fix.edit
        with put([edit]):
            run = self._trial.watch_def(edit.where, edit.number)
        if run is None:
            return 1.0
        after, gained = self._matches(run), 0
        lost = MISNAMED * (edit.leaves_unread or self._is_misnamed(after, fix.fixed))
        for site in self._before.keys() & after.keys():
            was, now = self._before[site], after[site]
            was_named, is_named = (self._is_named(site, some) for some in (was, now))
            gained += bool(was) and bool(now) and all(now) and not (all(was) and was_named >= is_named)
            lost = 1.0 if was_named and not is_named else lost
            owners = [{id(one.of) for one in some if one.kind != "data"} for some in was]
            if owners and all(owners) and now and not is_named:
                pairs = [(own, {id(one.of) for one in some}) for own, some in zip(owners, now)]
                if not all(own & other for own, other in pairs):
                    lost = max(lost, FOR_ANOTHER if all(other for _, other in pairs) else 1.0)
        return lost - PER_GAIN * min(gained, MOST_GAINS) / PER_LOSS

    def _is_misnamed(self, run: Mapping[Site, Sequence[Sequence[Numbers]]], fixed: frozenset[str]) -> bool:
        """Tell whether a variable that is called after a gradient which is right now still holds another number."""
        last = {site.name: (site, some[-1:]) for site, some in run.items() if site.kind != "return"}
        is_name_of = self._trial.subject.is_name_of
        return any(any(is_name_of(name, of) for of in fixed) and not self._is_named(*one) for name, one in last.items())

    def _is_named(self, site: Site, numbers: Sequence[Sequence[Numbers]]) -> bool:
        """Tell whether a variable holds what its name says: what the forward's of that name does, or its gradient."""
        is_name_of, known = self._trial.subject.is_name_of, [one for some in numbers for one in some]
        if "delta" in site.name:  # of what comes out of an activation, or of what goes into it
            return any(is_name_of(site.name, one.of) for one in known if one.kind == "gradient")
        says: dict[str, Any] = {"gradient": is_name_of}
        if site.kind != "return":  # what is given back as "x" is its gradient
            says["data"] = str.__eq__
        labels = ((one.kind, getattr(one.of, "label", one.of)) for one in known if one.kind in says)
        return bool(site.name) and any(label and says[kind](site.name, label) is True for kind, label in labels)

    def _matches(self, run: Watched) -> dict[Site, list[list[Numbers]]]:
        """Return by site the true numbers that each of those written there matches, without what tells nothing."""
        found: dict[Site, list[list[Numbers]]] = {event.site: [] for event, _ in run.seen}
        for event, value in run.seen:
            number = Number(event, value, self._known)
            if number.places is not None:
                alike = (one for one in number.matches if one.kind != "data" or np.size(one.array) == np.size(value))
                found[number.site].append([*alike])
        return found

    def kind_of(self, edit: Edit) -> str:
        """Return the slip that an edit has undone."""
        if edit.row.kind == "forgot-local" and edit.text.rpartition("* ")[2] in self._trial.subject.upstream:
            return "forgot-upstream"  # the gradient that arrives is put in as a factor
        is_of_gradients = {getattr(edit.old, "id", ""), edit.text} <= self._gradients
        return "wrong-upstream" if edit.row.kind == "rule" and is_of_gradients else edit.row.kind


def rivals(plans: Sequence[Plan], best: Plan) -> list[Plan]:
    """Return plans as good as the best, on other lines; nothing that was tried tells them apart."""
    found: dict[tuple[str, int], Plan] = {}
    for plan in plans:
        if plan.score <= best.score + AS_GOOD and plan.fix.edit.source != best.fix.edit.source:
            found.setdefault(plan.fix.edit.source, plan)
    return list(found.values())


def _reads(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
