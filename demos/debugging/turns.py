"""One turn of training as a file makes it: its statements, from the variables with which they began."""

from __future__ import annotations

import ast
import contextlib
import copy
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from handgrad.adapters.numpy.state import State

from .arrays_in_reach import Place, last_name, places
from .training_code import Body

NOTE, LOSS_NAME, NUMPY, GIVEN, PART = "__note__", "loss_", "numpy_", "given_", "turn_part_"

_GOES_BACK = re.compile(r"(?i)back|bprop|grad")

Left = dict[str, Any]
"""The variables that statements leave."""


class TurnError(Exception):
    """The statements of a turn cannot be run by themselves."""


@dataclass(eq=False)
class Turn:
    """The statements of a loop, or of a function, and all that they can reach as it was before them.

    Attributes:
        body: the loop or the function.
        tree: the syntax of the file.
        file: its name.
        globals: the file's variables.
        space: the variables of the function that it stands in; the file's for what stands in none.
        statements: what is carried out.
        state: everything as it was.
    """

    body: Body
    tree: ast.Module
    file: str
    globals: dict[str, Any]
    space: dict[str, Any]
    statements: list[ast.stmt] = field(init=False)
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.is_global = self.space is self.globals
        self.statements = list(_lift_calls([one for one in self.body.body if not _is_text(one)]))
        if isinstance(self.statements[-1], ast.Return):
            self.statements.pop()
        self.keep()

    @cached_property
    def own(self) -> set[str]:
        """Return the names that it gives a value."""
        return _bound(self.statements)

    @cached_property
    def overwritten(self) -> set[str]:
        """Return the names and attributes that only get new values, which are not computed from their old ones."""
        own = [one for part in self.body.body for one in ast.walk(part)]
        methods = [one for one in ast.walk(self.tree) if isinstance(one, ast.FunctionDef) and "init" not in one.name]
        inner = [one for part in methods for one in ast.walk(part)]
        assigned = [(to, one.value) for one in {*own, *inner} if isinstance(one, ast.Assign) for to in one.targets]
        given = [(part, value) for to, value in assigned for part in getattr(to, "elts", [to])]
        named: list[tuple[str, ast.expr, ast.expr]]
        named = [(to.id, to, value) for to, value in given if isinstance(to, ast.Name) and value in own]
        named += [(to.attr, to, value) for to, value in given if isinstance(to, ast.Attribute)]
        moved = {last_name(ast.unparse(one.target)) for one in (*own, *inner) if isinstance(one, ast.AugAssign)}
        texts = [(name, re.escape(ast.unparse(to)), ast.unparse(value)) for name, to, value in named]
        kept = {name for name, text, value in texts if re.search(rf"(?<![\w.]){text}\b", value)}
        return {name for name, _, _ in named} - moved - kept

    def drop_statement(self, error: BaseException) -> bool:
        """Drop the statement that an error comes from, and return whether that was done: others need nothing of it."""
        frames = traceback.walk_tb(error.__traceback__)
        lines = [line for one, line in frames if one.f_code.co_name.startswith(PART)]
        found = [one for one in self.statements if lines and one.lineno <= lines[0] <= (one.end_lineno or one.lineno)]
        others = [one for one in self.statements if one not in found]
        if not found or not others or _bound(found) & self.reads(others):
            return False
        self.statements = others
        return True

    def keep(self) -> None:
        """Keep everything as it is now."""
        self._held = {**self.globals, NUMPY: np}
        read = self.reads(self.statements)
        reached = {name: one for name, one in self.globals.items() if name in read and not name.startswith("__")}
        self.state = State(self.space, reached) if not self.is_global else State(reached, dict(self.globals))

    def begin(self) -> None:
        """Put everything back to where the turn begins."""
        self.globals.update(self._held)
        for name in self.globals.keys() - self._held.keys():
            del self.globals[name]
        self.state.put_back()

    def reads(self, statements: Sequence[ast.AST]) -> set[str]:
        """Return the names that stand in statements."""
        return {one.id for part in statements for one in ast.walk(part) if isinstance(one, ast.Name)}

    def places(self, left: Left | None = None, is_held: Callable[[Any], bool] | None = None) -> dict[str, Place]:
        """Return the numbers and arrays that its variables lead to, or those that it has left; see `places`."""
        space = self.space if left is None else left
        names = self.reads(self.statements)
        own = {name: value for name, value in space.items() if name in names or name == "self" or self.is_global}
        found = places(space, own, is_held)
        if not self.is_global:
            wide = {name: one for name, one in self.globals.items() if name in names and name not in space}
            found |= {path: one for path, one in places(self.globals, wide, is_held).items() if path not in found}
        return found

    def functions(self, *parts: Sequence[ast.stmt], note: bool = False) -> tuple[list[FunctionType], ast.Module]:
        """Return functions of statements that each return all variables, and the file's syntax with them.

        Args:
            note: whether they call `NOTE` after each statement.
        """
        made = [self._function(f"{PART}{place}_of_turn", part, note=note) for place, part in enumerate(parts)]
        # What stands after an endless loop is not compiled.
        flags = [one for one in self.tree.body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
        module = ast.Module([*flags, *made, *(one for one in self.tree.body if one not in flags)], [])
        code = compile(module, self.file, "exec", dont_inherit=True)
        codes = {one.co_name: one for one in code.co_consts if isinstance(one, CodeType)}
        return [FunctionType(codes[one.name], self.globals, one.name) for one in made], module

    def _function(self, name: str, statements: Sequence[ast.stmt], *, note: bool) -> ast.FunctionDef:
        first = min((one.lineno for one in statements), default=1)
        last = max((one.end_lineno or one.lineno for one in statements), default=1)
        bound = sorted(_bound(statements))
        own = self.space.keys() | _bound(self.statements) | {LOSS_NAME}
        takes = "" if self.is_global else ", ".join(sorted(self.reads(statements) & own | set(bound)))
        text = f"def {name}({takes}):\n"
        text += f"    global {', '.join(bound)}\n" if self.is_global and bound else ""
        text += "    for __once__ in (0,):\n        pass\n    return locals()"
        written = ast.parse(text).body[0]
        assert isinstance(written, ast.FunctionDef)
        for node in ast.walk(written):
            if isinstance(node, (ast.expr, ast.stmt, ast.arg)):
                node.lineno = node.end_lineno = last
        written.lineno = first
        loop = next(one for one in written.body if isinstance(one, ast.For))
        loop.lineno = first
        calls = ast.parse("\n".join(f"{NOTE}({place}, locals())" for place in range(len(statements)))).body
        for call in calls:
            for node in ast.walk(call):
                if isinstance(node, (ast.expr, ast.stmt)):
                    node.lineno = node.end_lineno = last
        pairs = zip(statements, calls)
        loop.body = [one for pair in pairs for one in (pair if note else pair[:1])] or loop.body
        return written

    def call(self, function: FunctionType, left: Mapping[str, Any]) -> Left:
        """Call what `functions` has made with the variables that are there, and return those that it leaves.

        Raises:
            TurnError: the statements raise an error, or return before their end.
        """
        takes = function.__code__.co_varnames[: function.__code__.co_argcount]
        try:
            found = function(**{name: left.get(name) for name in takes})
        except (Exception, SystemExit) as error:  # whatever their code raises where it is run in part
            raise TurnError(f"{type(error).__name__}: {error}") from error
        if not isinstance(found, dict) or (not self.is_global and "__once__" not in found):
            raise TurnError("it returns early")
        if self.is_global:
            return self.globals
        absent = [name for name in takes if name not in left and found.get(name) is None]
        return {name: one for name, one in found.items() if name not in absent}


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _bound(statements: Sequence[ast.AST]) -> set[str]:
    """Return the names that statements bind, but for those of comprehensions and inner functions."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(statements)
    while waiting:
        one = waiting.pop()
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
            found.add(one.name)
        elif not isinstance(one, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                found.add(one.id)
            if isinstance(one, ast.alias):
                found.add(one.asname or one.name.partition(".")[0])
            waiting += ast.iter_child_nodes(one)
    return found


def _lift_calls(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements in which what goes back and is given to a call at once has a name before it."""
    for place, one in enumerate(statements):
        call = one.value if isinstance(one, (ast.Expr, ast.Assign)) else None
        inner = call.args[0] if isinstance(call, ast.Call) and call.args else None
        goes_back = isinstance(inner, ast.Call) and _GOES_BACK.search(ast.unparse(inner.func))
        if not (isinstance(one, (ast.Expr, ast.Assign)) and isinstance(call, ast.Call) and inner and goes_back):
            yield one
            continue
        name = f"{GIVEN}{place}"
        yield ast.fix_missing_locations(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], inner), one))
        changed = copy.copy(one)
        changed.value = ast.copy_location(
            ast.Call(call.func, [ast.Name(name, ast.Load()), *call.args[1:]], call.keywords), call
        )
        yield ast.fix_missing_locations(changed)


@contextlib.contextmanager
def without_clipping() -> Iterator[None]:
    """Let `np.clip(d, -5, 5, out=d)` do nothing: the gradient is what was there before."""
    clip = np.clip

    def clip_unless_in_place(*args: Any, **kwargs: Any) -> Any:
        if args and kwargs.get("out") is args[0]:
            return args[0]
        return clip(*args, **kwargs)

    np.clip = clip_unless_in_place
    try:
        yield
    finally:
        np.clip = clip  # type: ignore[assignment]
