"""What the changed user code calls: to show a number that it writes, to ask whether it is meant, to be stopped.

How a library's arrays are read and written about stands here, too: an edit is spelt in the words of its file.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from threading import get_ident
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from ..amounts import read_only_copy
from .deadline import Deadline, Spent
from .source import Line

MARK = "\x00handgrad"
"""The constant that stands for the hooks in syntax; in the code that is run they stand there themselves."""
LONGEST = 1_000_000
"""A whole number that an edit computes is at most that: it may become the length of an array."""
MOST_PARTS = 40
"""Of a tuple or a list with more parts none is looked at."""

Change = Callable[[Any], Any]
Constant = tuple[Any, ...]
"""A Site as it stands in code, which holds plain tuples alone."""


@dataclass(frozen=True, eq=False)
class Dialect:
    """A library of arrays.

    The table of edits is written in NumPy's words; what is another word here stands in tables.

    Attributes:
        module: its name.
        alias: what it is usually called.
        array: the class of its arrays.
        numbers: a copy of an array of floating point as NumPy's; None for anything else. A plain float is one anywhere.
        made: (numbers, an array) -> these numbers as an array like that one.
        write: writes numbers into an array.
        functions: its words for functions of NumPy's.
        keywords: the same for the names of arguments.
        methods: the same for the methods of an array.
        values: by an attribute of NumPy's arrays the method that gives it.
        saving: the method by which a forward hands something to its backward; what it hands on is not changed.
        added_at: how `np.add.at(target, index, value)` is written; "" for as it stands.
        unset: the functions that make arrays of any content, each as (its owner, its name, what makes zeros in its
            place): so each run sees the same.
        per_run: what a run comes to besides what it does: the inputs are copied, everything is put back.
    """

    module: str
    alias: str
    array: type
    numbers: Callable[[Any], Any]
    made: Callable[[Any, Any], Any]
    write: Callable[[Any, Any], None]
    functions: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    saving: str = ""
    added_at: str = ""
    unset: Sequence[tuple[Any, str, Any]] = ()
    per_run: float = 20.0

    def alias_in(self, names: Mapping[str, Any]) -> str:
        """Return what the module is called by code with these global names."""
        order = [self.alias, *names]
        found = (name for name in order if getattr(names.get(name), "__name__", "") == self.module)
        return next(found, self.alias)

    def spell(self, text: str, name: str) -> str:
        """Write an edit, in NumPy's words, in this library's, which is called `name`; "" where it has none."""
        return text if self.alias == name == "np" else _spell(self, text, name)


@lru_cache(maxsize=4096)
def _spell(dialect: Dialect, text: str, name: str) -> str:
    spelling = _Spelling(dialect, name)
    tree = ast.fix_missing_locations(spelling.visit(ast.parse(text)))
    return "" if spelling.is_wordless else ast.unparse(tree)


class _Spelling(ast.NodeTransformer):
    def __init__(self, dialect: Dialect, name: str) -> None:
        self._dialect, self._name = dialect, name
        self.is_wordless = False

    def visit_Name(self, node: ast.Name) -> Any:
        return ast.Name(self._name, node.ctx) if node.id == "np" else node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Rewrite a function of NumPy's, or an attribute that the dialect has a method for."""
        is_of_module = isinstance(node.value, ast.Name) and node.value.id == "np"
        self.generic_visit(node)
        if is_of_module:
            node.attr = self._dialect.functions.get(node.attr, node.attr)
        elif node.attr in self._dialect.values:
            node.attr = self._dialect.values[node.attr]
            return ast.Call(node, [], [])
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """Rewrite a NumPy call in the words of another dialect: its function, methods and keywords."""
        if self._dialect.added_at and ast.unparse(node.func) in ("np.add.at", "np.subtract.at"):
            return self._added_at(node)
        if isinstance(node.func, ast.Attribute) and not ast.unparse(node.func).startswith("np."):
            node.func.value = self.visit(node.func.value)
            node.func.attr = self._dialect.methods.get(node.func.attr, node.func.attr)
        else:
            node.func = self.visit(node.func)
        node.args = [self.visit(one) for one in node.args]
        for word in node.keywords:
            word.value = self.visit(word.value)
            word.arg = self._dialect.keywords.get(word.arg or "", word.arg)
        return node

    def _added_at(self, node: ast.Call) -> Any:
        """Rewrite np.add.at and np.subtract.at in the dialect's words."""
        if any(isinstance(one, ast.Slice) for one in ast.walk(node.args[1])):
            self.is_wordless = True  # an index there is an argument, and a slice is none
            return node
        sign = "-" if ast.unparse(node.func) == "np.subtract.at" else ""
        target, index, value = map(ast.unparse, node.args)
        said = self._dialect.added_at.format(target, index.removeprefix("np.s_[").removesuffix("]"), sign, value)
        return self.visit(ast.parse(said, mode="eval").body)


def _numbers(value: Any) -> Any:
    is_read = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0
    return read_only_copy(value) if is_read else None


NUMPY = Dialect(
    "numpy", "np", np.ndarray, _numbers, lambda numbers, like: numbers.astype(like.dtype), np.copyto,
    unset=((np, "empty", np.zeros), (np, "empty_like", np.zeros_like)),
)  # fmt: skip


class TooLate(BaseException):
    """A run has gone on for too long. No `except Exception` in user code stops it."""


class Site(NamedTuple):
    """A place in user code where a number is written.

    Attributes:
        kind: "assign", "store" into an array, "add", "operand" of another augmented assignment, "return", or "after"
            an array was written into.
        name: to what; of several at once with commas between them.
        number: which of those that are alike on a line.
    """

    file: str
    line: int
    kind: str
    name: str
    number: int = 0


class Event(NamedTuple):
    """A number that was written: where, which part of a tuple, and the how many-th time."""

    site: Site
    part: int
    turn: int

    @property
    def line(self) -> Line:
        """Return the file and the line where it is written."""
        return self.site[:2]

    @property
    def name(self) -> str:
        """Return the name that it is given."""
        names = self.site.name.split(",")
        return names[self.part] if 0 <= self.part < len(names) else self.site.name


class Hooks:
    """What is seen and changed, in the thread that runs it alone.

    Attributes:
        seen: the numbers written, in the order of their time, as copies, where it `is_seeing`.
        changes: by event what is put there instead.
        is_split: whether a run tells where its backward begins: before it nothing is seen or changed, as a function
            that both passes call writes there too.
        edits: the numbers of those that count, `is_before` whether only before the backward begins.
        ticks, weight: the calls and iterations of loops in this run, and what a run comes to beside these.
    """

    def __init__(self, deadline: Deadline | None = None, dialect: Dialect = NUMPY) -> None:
        self.deadline, self._dialect = deadline or Deadline(), dialect
        self.is_seeing = self.is_split = self.is_before = False
        self.weight = 0.0
        self.edits: Collection[int] = ()
        self._thread, self.ticks, self._most_ticks = get_ident(), 0, sys.maxsize

    def _clear(self) -> None:
        self.seen: list[tuple[Event, Any]] = []
        self._turns: dict[tuple[Constant, int], int] = {}

    def start(
        self, changes: Mapping[Event, Change] | None = None, *, is_seeing: bool = False, most_ticks: int = sys.maxsize
    ) -> None:
        """Begin a run; raise Spent where there is no work left for it."""
        self.deadline.check()
        self.deadline.spend(self._dialect.per_run + self.weight)
        self._thread, self.is_seeing, self.changes = get_ident(), is_seeing, changes or {}
        self.ticks, self._most_ticks, self._is_waiting = 0, most_ticks, self.is_split
        self._clear()

    def forget(self) -> None:
        """Begin with the backward: what was written so far is not asked for."""
        self.is_split, self._is_waiting = True, False
        self._clear()

    def is_on(self, number: int) -> bool:
        """Tell whether an edit counts; in other threads none does, and user code runs as it was there."""
        counts = number in self.edits and get_ident() == self._thread
        return counts and (self._is_waiting or not self.is_before)

    def tick(self) -> None:
        """Count a step of the user's code; raise where it takes too many, or there is no time left."""
        if get_ident() != self._thread:
            return
        self.ticks += 1
        self.deadline.spend(1.0)
        if self.ticks > self._most_ticks:
            raise TooLate
        if self.deadline.is_over():
            raise Spent

    def compute(self, one: Any, other: Any = None) -> Any:
        """Return a value, or the product of two; raise for a length that no array has, or a sequence repeated."""
        if other is not None:
            if isinstance(one, Sequence) or isinstance(other, Sequence):
                raise OverflowError
            one = one * other
        if isinstance(one, int) and abs(one) > LONGEST:
            raise OverflowError
        return one

    def _is_looking(self) -> bool:
        return self.is_seeing and not self._is_waiting and get_ident() == self._thread

    def note(self, site: Constant, value: Any) -> Any:
        """Note a value on its way to a name, and return what goes on."""
        if not self._is_looking():
            return value
        if type(value) not in (tuple, list) or len(value) > MOST_PARTS:
            return self._record(site, -1, value)
        parts = [self._record(site, place, one) for place, one in enumerate(value)]
        if isinstance(value, tuple):
            return tuple(parts)
        value[:] = parts
        return value

    def note_array(self, site: Constant, array: Any) -> None:
        """Note an array that was written into."""
        if self._is_looking() and isinstance(array, self._dialect.array):
            other = self._record(site, -1, array)
            if other is not array:
                self._dialect.write(array, other)

    def _record(self, site: Constant, part: int, value: Any) -> Any:
        """Record a number that a site has written, and return it, changed where this run is to change it."""
        is_plain = isinstance(value, float)
        numbers = value if is_plain else self._dialect.numbers(value)
        if numbers is None:
            return value
        turn = self._turns[site, part] = self._turns.get((site, part), -1) + 1
        event = Event(Site(*site), part, turn)
        if event in self.changes:
            numbers = self.changes[event](numbers)
            value = float(numbers) if is_plain else self._dialect.made(numbers, value)
        self.seen.append((event, numbers))
        return value


def call_of_hook(name: str, *args: ast.expr, **at: Any) -> ast.expr:
    """Return the syntax of a call of a hook, `at` a place where one is given."""
    return ast.Call(ast.Attribute(ast.Constant(MARK, **at), name, ast.Load(), **at), list(args), [], **at)


def bind(code: CodeType, hooks: Hooks) -> CodeType:
    """Return the code with the hooks in the place of their mark."""
    constants = tuple(
        hooks if isinstance(one, str) and one == MARK else bind(one, hooks) if isinstance(one, CodeType) else one
        for one in code.co_consts
    )
    return code.replace(co_consts=constants)
