"""User code run again with something changed: what it gives then, and the numbers that it writes on the way."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from ..amounts import alike, near
from .deadline import NUMBERS_PER_UNIT, Deadline
from .hooks import NUMPY, Change, Dialect, Event, Hooks, TooLate, call_of_hook
from .source import Line, array_of, copy_of, lines_noted, whose, written_by
from .tree import Codes, Def, Program

TIMES = 20
"""So many times as much as without a change a run with one may do."""
FEWEST_TICKS = 400
"""So many calls and loop iterations are never too many: what calls itself for ever is stopped before Python does."""
SAME = 1e-9

Recompute = Callable[[Mapping[str, Any]], Callable[[Sequence[Any]], Iterable[Mapping[str, Any]]]]


class NotRepeatedError(Exception):
    """User code, as it stands, raises something when it is run again."""


class Outcome(NamedTuple):
    """What a run of user code gives: gradients by name, and the results of the forward, which no edit may change."""

    gradients: Mapping[str, Any]
    results: Sequence[Any]


class Numbers(NamedTuple):
    """Numbers that are true of the forward.

    Attributes:
        kind: "data", "gradient", "part" of a gradient, or "multiple" of one, which holds before the mean is taken.
        of: what they belong to.
        array: the numbers.
    """

    kind: str
    of: Any
    array: Any


@dataclass(frozen=True)
class Point:
    """User code at some inputs.

    Attributes:
        run: runs it once more and puts everything back; calls what it is given where the backward begins.
        is_right: says of an outcome's gradient, by its name, whether it is right.
        names: of the gradients that are checked.
    """

    run: Callable[[Callable[[], None]], Outcome]
    is_right: Callable[[str, Any], bool]
    names: frozenset[str]

    @classmethod
    def build_with_truth(
        cls, run: Callable[[Callable[[], None]], Outcome], truth: Mapping[str, Any], share: float
    ) -> Point:
        """Return the point of a rule of which it is known what it is to give, by name, and how near it must be."""

        def is_right(name: str, value: Any) -> bool:
            return value is not None and alike(value, truth[name], share, 1e-12)

        return cls(np.errstate(all="ignore")(run), is_right, frozenset(truth))

    def lines(self, functions: Iterable[FunctionType]) -> frozenset[Line]:
        """Return the lines of some functions that run here."""
        ran: set[tuple[str, int]] = set()
        with lines_noted(functions, ran):
            self.run(lambda: None)
        return frozenset(ran)

    def wrong(self, outcome: Outcome, names: frozenset[str] | None = None) -> frozenset[str]:
        """Return the names of the gradients, or of some, that are not right."""
        found, names = outcome.gradients, self.names if names is None else names
        return frozenset(name for name in names if name not in found or not self.is_right(name, found[name]))


@dataclass(frozen=True)
class Subject:
    """What is experimented with.

    Attributes:
        functions: all user functions that may be called.
        here: where something is wrong.
        elsewhere: other points, at which a fix is to hold too.
        known: numbers that are true of the forward.
        ran: the lines that ran in the backward, as (file, line).
        shared: the functions that the forward has called, as (file, name).
        believed: the lines that other evidence blames: changes of these are tried first, and liked better.
        believes_first_write: whether so is the line that first writes a wrong gradient which no origin explains.
        share: how near numbers must be to be the same.
        recompute: of some gradients by name what gives, of a number, or of as many as one place of a loop writes, what
            the gradients were if these were those of something: for each of what they may be the gradients of, and are
            not, and from which one of those may follow.
        is_name_of: (variable, what a gradient is of) -> whether the variable says so.
        shown: where the numbers on the way are shown, if that is not `here`.
        upstream: the names under which the gradient that arrives is known.
        dialect: of their arrays.
        at_hand: what a user function may use besides what it does, as text.
        is_split: whether it is known before the first run that one tells where the backward begins.
    """

    functions: Sequence[FunctionType]
    here: Point
    elsewhere: Callable[[], Iterator[Point]]
    known: Iterable[Numbers]
    ran: frozenset[tuple[str, int]]
    shared: frozenset[tuple[str, str]]
    share: float
    upstream: frozenset[str]
    believed: frozenset[tuple[str, int]] = frozenset()
    believes_first_write: bool = False
    recompute: Recompute = lambda _: lambda _: ()
    is_name_of: Callable[[str, Any], bool] = lambda name, of: of in whose(name)
    shown: Point | None = None
    dialect: Dialect = NUMPY
    at_hand: Sequence[str] = ()
    is_split: bool = False


class Watched(NamedTuple):
    """A run of which the numbers on the way were seen, in the order of their time."""

    outcome: Outcome
    seen: list[tuple[Event, Any]]


class Trial:
    """Runs of user code at the first point, each within its limit; `Spent` comes out where there is no work left.

    Attributes:
        first: the run of the user's functions as their syntax stands.
        settled: the numbers of the edits that were found to fix something, and stay.
    """

    def __init__(self, subject: Subject, deadline: Deadline | None = None) -> None:
        self.subject, self.hooks = subject, Hooks(deadline, subject.dialect)
        self.hooks.is_split = subject.is_split
        self.program = Program(subject.functions, self.hooks)
        self._ticks, self.settled = 0, set[int]()

    @contextmanager
    def prepare(self) -> Iterator[None]:
        """Let runs be stopped, and see the same each time, while this lasts."""
        with ExitStack() as self._replaced:
            for owner, name, zeros in self.subject.dialect.unset:
                own = vars(owner).get(name)
                self._replaced.callback(*((delattr, owner, name) if own is None else (setattr, owner, name, own)))
                setattr(owner, name, zeros)
            self.renew()
            yield

    def renew(self) -> None:
        """Go on from the user's functions as their syntax stands now."""
        plain: Codes = {}
        self._watching: Codes = {}
        for one in {id(one.unit): one for one in self.program.defs}.values():
            file = one.key[0]
            plain |= self.program.compile(file, [one.unit], one.flags)
            self._watching |= self.program.compile(file, [_instrument(one.unit, file)], one.flags)
        self._replaced.enter_context(self.program.replace_codes(plain))
        run = self.watch()
        if run is None:
            raise NotRepeatedError
        self.first = run
        self._ticks = self.hooks.ticks

    @property
    def work(self) -> float:
        """Return what a run comes to."""
        return self._ticks + self.hooks.weight

    def outcome(self, codes: Codes, edits: Collection[int] = (), point: Point | None = None) -> Outcome | None:
        """Return what changed code gives, edits tried; None for an error, or where it goes on for too long."""
        self.hooks.start(most_ticks=max(TIMES * self._ticks, FEWEST_TICKS) if point is None else sys.maxsize)
        return self._run(codes, edits, point)

    def watch(
        self,
        changes: Mapping[Event, Change] | None = None,
        codes: Codes | None = None,
        edits: Collection[int] = (),
        point: Point | None = None,
    ) -> Watched | None:
        """Return a run whose numbers are seen, some of them changed, or some functions, with hooks of their own."""
        self.hooks.start(changes, is_seeing=True)
        found = self._run({**self._watching, **(codes or {})}, edits, point)
        if found is None:
            return None
        self.hooks.weight = sum(np.size(value) for _, value in self.hooks.seen) / NUMBERS_PER_UNIT
        return Watched(found, self.hooks.seen)

    def watch_def(self, one: Def, edit: int) -> Watched | None:
        """Return a run whose numbers are seen, of a function as its syntax stands now."""
        return self.watch(None, self.program.codes_of(one, lambda node: _instrument(node, one.key[0])), [edit])

    def _run(self, codes: Codes, edits: Collection[int], point: Point | None) -> Outcome | None:
        """Run the program with some functions compiled anew, at one point; None where the changed code fails."""
        self.hooks.edits = self.settled.union(edits)
        try:
            with self.program.replace_codes(codes):
                return (point or self.subject.here).run(self.hooks.forget)
        except (Exception, SystemExit, TooLate):  # changed code may do anything
            return None
        finally:
            self.hooks.is_seeing, self.hooks.edits = False, ()

    def changes_forward(self, codes: Codes, edit: int) -> bool:
        """Tell whether an edit changes what the forward hands on to the backward."""
        self.hooks.is_before = True
        outcome, before = self.outcome(codes, [edit]), self.first.outcome.gradients
        self.hooks.is_before = False
        after = {} if outcome is None else outcome.gradients
        return any(of not in after or not alike(after[of], one, SAME) for of, one in before.items())

    def keeps_results(self, outcome: Outcome) -> bool:
        """Tell whether the forward gives what it gave."""
        before = self.first.outcome.results
        return len(outcome.results) == len(before) and all(near(a, b, SAME) for a, b in zip(outcome.results, before))


def _instrument(node: ast.stmt, file: str) -> ast.stmt:
    """Return a copy of a statement that shows the hooks what it writes, and where."""
    shown: ast.stmt = ast.fix_missing_locations(_Instrument(file).visit(copy_of(node)))
    return shown


class _Instrument(ast.NodeTransformer):
    """Shows the hooks every value that is given to a name, and every array that was written into."""

    def __init__(self, file: str) -> None:
        self._file, self._met = file, Counter[Any]()

    def _note(self, value: ast.expr, where: ast.AST, kind: str, name: str) -> ast.expr:
        return ast.copy_location(call_of_hook("note", self._site(where, kind, name), value), value)

    def _note_array(self, target: ast.expr, where: ast.AST) -> ast.stmt:
        array = copy_of(array_of(target))
        array.ctx = ast.Load()
        site = self._site(where, "after", name_of(target))
        return ast.copy_location(ast.Expr(call_of_hook("note_array", site, array)), where)

    def _site(self, where: Any, kind: str, name: str) -> ast.expr:
        """Return a site that reports what it writes, as an expression."""
        site = (self._file, where.lineno, kind, name)
        self._met[site] += 1
        numbered: Any = (*site, self._met[site] - 1)
        return ast.Constant(numbered)

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Have what an assignment stores reported, each part of a tuple or a dict by itself."""
        self.generic_visit(node)
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            pairs = zip(target.elts, value.elts)
            value.elts = [self._note(one, one, "assign", name_of(to)) for to, one in pairs]
            return node
        if isinstance(value, ast.Dict):
            node.value = self._note_parts(value, node, "", "assign")
            return node
        is_store = isinstance(target, ast.Subscript) and _text_key(target) is None
        names = map(name_of, target.elts) if isinstance(target, (ast.Tuple, ast.List)) else [name_of(target)]
        for part in value.args if isinstance(value, ast.Call) else ():
            if isinstance(part, (ast.List, ast.Tuple)) and len({one.lineno for one in part.elts}) > 1:
                part.elts = [one if isinstance(one, ast.Starred) else self._note_parts(one, one, "", "operand")
                             for one in part.elts]  # fmt: skip
        node.value = self._note(value, node, "store" if is_store else "assign", ",".join(names))
        return [node, self._note_array(target, node)] if is_store else node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        kind = "add" if isinstance(node.op, (ast.Add, ast.Sub)) else "operand"
        node.value = self._note(node.value, node, kind, name_of(node.target))
        return [node, self._note_array(node.target, node)]

    def visit_Return(self, node: ast.Return) -> Any:
        self.generic_visit(node)
        if node.value is not None:
            node.value = self._note_parts(node.value, node, name_of(node.value))
        return node

    def _note_parts(self, value: ast.expr, where: ast.AST, name: str, kind: str = "return") -> ast.expr:
        """Return what is returned, or the dict that is assigned, with each part of it shown."""
        if isinstance(value, (ast.Tuple, ast.List)):
            value.elts = [self._note_parts(one, one, name_of(one), kind) for one in value.elts]
        elif isinstance(value, ast.Dict):
            keys = [str(one.value) if isinstance(one, ast.Constant) else "" for one in value.keys]
            value.values = [self._note_parts(one, one, key, kind) for key, one in zip(keys, value.values)]
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.keywords and not value.args:
            for one in value.keywords:
                one.value = self._note(one.value, one.value, kind, one.arg or "")
        elif not isinstance(value, ast.Starred):
            return self._note(value, where, kind, name)
        return value

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.generic_visit(node)
        node.body = self._note_parts(node.body, node.body, name_of(node.body))
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        self.generic_visit(node)
        written = written_by(node.value)
        return [node, self._note_array(written[0], node)] if written else node


def name_of(target: ast.AST) -> str:
    """Return what a value is called where it is given a name: of an entry of a dict it is its key; "" for nothing."""
    while isinstance(target, ast.Subscript):
        key = _text_key(target)
        if key is not None:
            return key
        target = target.value
    return target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")


def _text_key(target: ast.Subscript) -> str | None:
    held = getattr(target.slice, "value", None)
    return held if isinstance(held, str) else None
