"""The user's functions as syntax, and changed code in their place for a while."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from .hooks import MARK, Hooks, bind, call_of_hook
from .source import codes_within, copy_of, first_line, tree_of

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
    """A user function in its file; `unit` is the function, or the class that it is in, at the top of the file."""

    key: Key
    node: Written
    unit: ast.stmt
    flags: int


class Slot(NamedTuple):
    """A place in syntax that something else can be put into."""

    holder: ast.AST
    field: str
    at: int | None

    def get(self) -> Any:
        held = getattr(self.holder, self.field)
        return held if self.at is None else held[self.at]

    def put(self, node: ast.AST | list[ast.stmt]) -> None:
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
    """The user's functions, `defs` those whose text is what runs."""

    def __init__(self, functions: Iterable[FunctionType], hooks: Hooks) -> None:
        self.hooks = hooks
        self._defs: dict[Key, Def] = {}
        self._functions: list[tuple[FunctionType, Key]] = []
        self._trees: dict[str, tuple[ast.Module, Codes]] = {}
        for function in functions:
            self._take(function)
        self.defs = list(self._defs.values())

    def _take(self, function: FunctionType) -> None:
        """Parse and compile the file of a function, and find its definition there; leave out what cannot be found."""
        code = function.__code__
        file, line, flags = code.co_filename, code.co_firstlineno, code.co_flags & _FUTURE
        if file not in self._trees:
            tree = copy_of(tree_of(file) or ast.Module([], []))
            # Whole: how a call is compiled depends on what the file imports.
            self._trees[file] = tree, self.compile(file, tree.body, flags)
            _Ticks().visit(tree)
        tree, written = self._trees[file]
        key = (file, code.co_name, line)
        # A file may have been edited, or its functions rewritten, since: then its text is not what runs.
        parts, compiled = ("co_code", "co_names", "co_freevars"), written.get(key)
        if any(getattr(compiled, name, None) != getattr(code, name) for name in parts):
            return
        for unit in [one for one in tree.body if first_line(one) <= line <= (one.end_lineno or line)]:
            found = [node for node in ast.walk(unit) if isinstance(node, Written) and key_of(file, node) == key]
            if len(found) == 1:
                self._functions.append((function, key))
                for inner in ast.walk(found[0]):
                    if inner is found[0] or isinstance(inner, ast.FunctionDef):
                        self._defs.setdefault(key_of(file, inner), Def(key_of(file, inner), inner, unit, flags))

    def compile(self, file: str, statements: list[ast.stmt], flags: int) -> Codes:
        """Return the code of every function in some statements at the top of a file, with the hooks in it.

        Every part must have its place: to look for those without one takes longer than all the rest.
        """
        try:
            whole = compile(ast.Module(statements, []), file, "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return {}
        codes = codes_within(bind(whole, self.hooks))[1:]
        return {(file, one.co_name, one.co_firstlineno): one for one in codes}

    def codes_of(self, one: Def, change: Callable[[Any], ast.stmt] = lambda node: node) -> Codes:
        """Return the code of a function as its syntax stands now, and of those written in one with it.

        Args:
            change: makes something else of the syntax that is compiled.
        """
        unit: Any = one.unit
        body = unit.body if isinstance(unit, ast.ClassDef) else []
        methods = (held for held in body if isinstance(held, ast.FunctionDef))
        outermost = next((held for held in methods if any(inner is one.node for inner in ast.walk(held))), unit)
        changed = change(outermost)
        if outermost is not unit:
            alone: Any = ast.parse(f"class {unit.name}: pass").body[0]
            alone.body = [changed]
            changed = ast.copy_location(alone, unit)
        return self.compile(one.key[0], [changed], one.flags)

    @contextmanager
    def replace_codes(self, codes: Mapping[Key, CodeType]) -> Iterator[None]:
        """Give the user's functions other code, for as long as this lasts."""
        with _LOCK, ExitStack() as replaced:
            for function, key in self._functions:
                code, other = function.__code__, codes.get(key)
                if other is not None and other.co_freevars == code.co_freevars:
                    replaced.callback(setattr, function, "__code__", code)
                    function.__code__ = other
            yield


class _Ticks(ast.NodeTransformer):
    """Adds to every loop, and to every function, what stops it when its time is over."""

    def _add_tick(self, node: Any) -> Any:
        self.generic_visit(node)
        tick = ast.copy_location(ast.Expr(call_of_hook("tick")), node.body[0])
        node.body.insert(0, ast.fix_missing_locations(tick))
        return node

    visit_For = visit_While = visit_FunctionDef = _add_tick


def is_hook(statement: ast.stmt) -> bool:
    """Tell whether a statement is a hook, and not of the user's code."""
    held = getattr(getattr(getattr(statement, "value", None), "func", None), "value", None)
    return isinstance(held, ast.Constant) and held.value == MARK


def key_of(file: str, node: Any) -> Key:
    return file, getattr(node, "name", "<lambda>"), first_line(node)


def own_statements(node: Written) -> Iterator[tuple[Statement, Slot]]:
    """Yield the statements of a function, each with its slot; those of the functions and classes in it are left out."""
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
