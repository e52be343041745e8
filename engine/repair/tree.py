"""The user's functions as syntax, and changed code in their place for a while."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from .hooks import MARK, Hooks, bound
from .syntax import copy_of, first_line, tree_of

Key = tuple[str, str, int]
"""A function: its file, its name, and the line where it begins."""
Codes = dict[Key, CodeType]
Written = ast.FunctionDef | ast.Lambda
Statement = ast.stmt | ast.Lambda
"""What an edit changes: of a lambda there is nothing but its result."""

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_FUTURE = 0x1FF0000
"""The flags of `from __future__ import` in a function's code."""

_LOCK = threading.RLock()
"""One experiment at a time: two would put each other's code back."""


class Def(NamedTuple):
    """A user function in its file.

    Attributes:
        node: its syntax.
        unit: the function, or the class that it is in, at the top of the file.
    """

    key: Key
    node: Written
    unit: ast.stmt
    flags: int

    @property
    def outermost(self) -> ast.FunctionDef | None:
        """Return the function of the unit that it is, or is written in.

        None where none is.
        """
        body = self.unit.body if isinstance(self.unit, ast.ClassDef) else [self.unit]
        held = (one for one in body if isinstance(one, ast.FunctionDef))
        return next(
            (one for one in held if one is self.node or any(inner is self.node for inner in ast.walk(one))), None
        )


class Rewritten(NamedTuple):
    """What runs for a function whose text a library has rewritten.

    Attributes:
        runs: it.
        rewrite: makes its syntax of that of the text; it may change what it is given.
    """

    runs: Any  # a FunctionType, which as the type of a field would be taken for a method
    rewrite: Callable[[ast.stmt], ast.stmt]


class Slot(NamedTuple):
    """A place in syntax that something else can be put into."""

    holder: ast.AST
    field: str
    at: int | None

    def get(self) -> ast.AST:
        held = getattr(self.holder, self.field)
        found: ast.AST = held if self.at is None else held[self.at]
        return found

    def put(self, node: ast.AST) -> None:
        if self.at is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.at] = node


def slots(root: ast.AST) -> dict[int, Slot]:
    """Return the slot of every node below one, by the node's id."""
    found = {}
    for parent in ast.walk(root):
        for field, held in ast.iter_fields(parent):
            for index, one in enumerate(held) if isinstance(held, list) else [(None, held)]:
                if isinstance(one, ast.AST):
                    found[id(one)] = Slot(parent, field, index)
    return found


class Program:
    """The user's functions whose text is what runs.

    Args:
        functions: all that may be called.
        rewritten: what runs in the place of some of them.

    Attributes:
        defs: those with a text of their own.
    """

    def __init__(
        self,
        functions: Iterable[FunctionType],
        hooks: Hooks,
        rewritten: Mapping[FunctionType, Rewritten] | None = None,
    ) -> None:
        self.hooks = hooks
        self.defs: list[Def] = []
        self._rewritten = rewritten or {}
        self._rewrites: dict[Key, Callable[[ast.stmt], ast.stmt]] = {}
        self._functions: list[tuple[FunctionType, Key]] = []
        self._trees: dict[str, ast.Module | None] = {}
        self._as_written: dict[str, Codes] = {}
        self._ticked: set[int] = set()
        for function in functions:
            self._take(function)

    def _take(self, function: FunctionType) -> None:
        code = function.__code__
        file = code.co_filename
        flags = code.co_flags & _FUTURE
        if file not in self._trees:
            tree = self._trees[file] = copy_of(tree_of(file))
            # Whole: how a call is compiled depends on what the file imports.
            self._as_written[file] = {} if tree is None else self.compiled(file, tree.body, flags)
        tree = self._trees[file]
        key = (file, code.co_name, code.co_firstlineno)
        if tree is None or not _is_same(self._as_written[file].get(key), code):
            return
        for unit in tree.body:
            if not first_line(unit) <= code.co_firstlineno <= (unit.end_lineno or code.co_firstlineno):
                continue
            found = [node for node in ast.walk(unit) if isinstance(node, Written) and key_of(file, node) == key]
            if len(found) == 1:
                other = self._rewritten.get(function)
                if other is not None:
                    self._rewrites[key] = other.rewrite
                self._functions.append((function if other is None else other.runs, key))
                if id(unit) not in self._ticked:
                    self._ticked.add(id(unit))
                    _Ticks().visit(unit)
                self._define(key, found[0], unit, flags)
                for inner in ast.walk(found[0]):
                    if isinstance(inner, ast.FunctionDef) and inner is not found[0]:
                        self._define(key_of(file, inner), inner, unit, flags)

    def _define(self, key: Key, node: Written, unit: ast.stmt, flags: int) -> None:
        if key not in {one.key for one in self.defs}:
            self.defs.append(Def(key, node, unit, flags))

    def compiled(self, file: str, statements: list[ast.stmt], flags: int) -> Codes:
        """Return the code of every function in some statements, with the hooks in it.

        They stand at the top of a file.

        Every part of it must have its place: to look for those without one takes longer than all the rest.
        """
        try:
            written = [self._as_it_runs(file, one) for one in statements]
            whole = compile(ast.Module(written, []), file, "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return {}
        return dict(_codes_in(bound(whole, self.hooks), file))

    def _as_it_runs(self, file: str, statement: ast.stmt) -> ast.stmt:
        rewrite = self._rewrites.get(key_of(file, statement)) if isinstance(statement, ast.FunctionDef) else None
        return statement if rewrite is None else ast.fix_missing_locations(rewrite(copy_of(statement)))

    def of(self, one: Def, changed: Callable[[Any], ast.stmt] = lambda node: node) -> Codes:
        """Return the code of a function as its syntax stands now.

        With it comes that of those that are written in one with it.

        Args:
            changed: makes something else of the syntax that is compiled.
        """
        outermost = one.outermost
        compiled = changed(one.unit if outermost is None else outermost)
        if outermost is not None and isinstance(one.unit, ast.ClassDef):
            alone = ast.ClassDef(one.unit.name, [], [], [compiled], [])
            if sys.version_info >= (3, 12):
                alone.type_params = []
            compiled = ast.copy_location(alone, one.unit)
        return self.compiled(one.key[0], [compiled], one.flags)

    def units(self) -> dict[int, tuple[str, ast.stmt, int]]:
        """Return what is compiled together, by its id: the file, the syntax and the flags."""
        return {id(one.unit): (one.key[0], one.unit, one.flags) for one in self.defs}

    @contextmanager
    def replaced(self, codes: Mapping[Key, CodeType]) -> Iterator[None]:
        """Give the user's functions other code, for as long as this lasts."""
        before: list[tuple[FunctionType, CodeType]] = []
        with _LOCK:
            try:
                for function, key in self._functions:
                    code = function.__code__
                    other = codes.get(key)
                    if other is not None and other.co_freevars == code.co_freevars:
                        before.append((function, code))
                        function.__code__ = other
                yield
            finally:
                for function, code in before:
                    function.__code__ = code


class _Ticks(ast.NodeTransformer):
    """Adds to every loop, and to every function, what stops it when its time is over."""

    def _with_tick(self, node: Any) -> Any:
        self.generic_visit(node)
        tick = ast.copy_location(ast.Expr(call_of_hook("tick")), node.body[0])
        node.body.insert(0, ast.fix_missing_locations(tick))
        return node

    visit_For = visit_While = visit_FunctionDef = _with_tick


def is_hook(statement: ast.stmt) -> bool:
    """Tell whether a statement is a hook, and not of the user's code."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    held = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
    return isinstance(held, ast.Constant) and held.value == MARK


def key_of(file: str, node: Written) -> Key:
    if isinstance(node, ast.Lambda):
        return file, "<lambda>", node.lineno
    return file, node.name, first_line(node)


def _codes_in(code: CodeType, file: str) -> Iterator[tuple[Key, CodeType]]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield (file, one.co_name, one.co_firstlineno), one
            yield from _codes_in(one, file)


def _is_same(compiled: CodeType | None, running: CodeType) -> bool:
    """Tell whether a function's text is what runs.

    A file may have been edited, or its functions rewritten, since.
    """
    return (
        compiled is not None
        and compiled.co_code == running.co_code
        and compiled.co_names == running.co_names
        and compiled.co_freevars == running.co_freevars
    )


def own_statements(node: Written) -> Iterator[tuple[Statement, Slot]]:
    """Yield the statements of a function, each with its slot.

    Those of the functions and classes in it are left out.
    """
    if isinstance(node, ast.Lambda):
        yield node, Slot(node, "body", None)
        return
    waiting: list[ast.AST] = [node]
    for parent in waiting:  # it grows as it is walked
        for field in ("body", "orelse", "finalbody", "handlers"):
            held = getattr(parent, field, None)
            for index, one in enumerate(held) if isinstance(held, list) else ():
                if isinstance(one, ast.stmt) and not is_hook(one):
                    yield one, Slot(parent, field, index)
                if not isinstance(one, SCOPES):
                    waiting.append(one)


def call_of_hook(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Constant(MARK), name, ast.Load()), list(args), [])
