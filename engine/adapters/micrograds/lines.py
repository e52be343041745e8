"""Which line of theirs it is: watched as it runs, or read where a number is handed over and not written."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

import numpy as np

from ..source import Source, source_at, source_of
from ..syntax import function_of

_OURS = str(Path(__file__).resolve().parents[2])


class Seen(NamedTuple):
    """What was seen of a run.

    Attributes:
        inner: the line on which what is looked at changed for the last time, as (code, line); None for never.
        outer: the line of one of the functions asked about that was at work then.
        last: the last line that ran of each function asked about, by its code.
        made: the last line of each on which it made an object of a class of theirs.
    """

    inner: tuple[CodeType, int] | None
    outer: tuple[CodeType, int] | None
    last: dict[CodeType, int]
    made: dict[CodeType, int]


def watched(run: Callable[[], Any], look: Callable[[], Any], codes: Sequence[CodeType]) -> Seen:
    """Run something and see on which line it changes what is looked at.

    Args:
        run: what it raises is let be.
        look: gives a number or an array, or a thing that is another one afterwards.
        codes: of the functions asked about, the first of those at work counts.
    """
    watcher = _Watcher(look, codes)
    before = sys.gettrace()
    sys.settrace(watcher.trace)
    try:
        run()
    except Exception:  # the run is for looking only
        pass
    finally:
        sys.settrace(before)
    return Seen(watcher.inner, watcher.outer, watcher.last, watcher.made)


class _Watcher:
    def __init__(self, look: Callable[[], Any], codes: Sequence[CodeType]) -> None:
        self._look, self._codes = look, codes
        self._seen = _kept(look())
        self._at_work: list[list[Any]] = []
        self.inner: tuple[CodeType, int] | None = None
        self.outer: tuple[CodeType, int] | None = None
        self.last: dict[CodeType, int] = {}
        self.made: dict[CodeType, int] = {}

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "call":
            if frame.f_code.co_filename.startswith(_OURS):
                return None
            self._at_work.append([frame, frame.f_lineno])
            caller = frame.f_back
            if frame.f_code.co_name == "__init__" and caller is not None and caller.f_code in self._codes:
                self.made[caller.f_code] = caller.f_lineno
            return self.trace
        if event in ("line", "return"):
            self._check()
            while self._at_work and self._at_work[-1][0] is not frame:
                self._at_work.pop()
            if event == "return" and self._at_work:
                self._at_work.pop()
            elif self._at_work:
                self._at_work[-1][1] = frame.f_lineno
                if frame.f_code in self._codes:
                    self.last[frame.f_code] = frame.f_lineno
        return self.trace

    def _check(self) -> None:
        here = self._look()
        if not _is_other(here, self._seen) or not self._at_work:
            return
        self._seen = _kept(here)
        frame, line = self._at_work[-1]
        self.inner = (frame.f_code, line)
        for code in self._codes:
            found = [line for one, line in self._at_work if one.f_code is code]
            if found:
                self.outer = (code, found[0])
                return


def _kept(thing: Any) -> Any:
    return thing.copy() if isinstance(thing, np.ndarray) else thing


def _is_other(thing: Any, before: Any) -> bool:
    if isinstance(thing, np.ndarray) or isinstance(before, np.ndarray):
        return not (np.shape(thing) == np.shape(before) and thing is not None and np.array_equal(thing, before))
    if isinstance(thing, (int, float)) and isinstance(before, (int, float)):
        return bool(thing != before)
    return thing is not before


def source_in(code: CodeType, line: int) -> Source:
    """A line of a function."""
    return source_at(code.co_filename, line)


def making_line(function: FunctionType, run: Callable[[], Any]) -> Source | None:
    """The line on which a function makes an object of theirs when something is run; that of its `def` for none."""
    code = function.__code__
    made = watched(run, lambda: None, [code]).made.get(code)
    return source_of(function) if made is None else source_in(code, made)


def handed_over(code: CodeType, line: int, which: int, count: int) -> int:
    """The line on which a function works out the gradient, or local gradient, that it hands over for an operand.

    Args:
        line: of the statement that hands it over.
        which, count: which of how many operands.
    """
    function = function_of(code)
    if function is None:
        return line
    statements = [one for one in ast.walk(function) if isinstance(one, (ast.Return, ast.Assign))]
    around = [one for one in statements if one.lineno <= line <= (one.end_lineno or one.lineno)]
    if not around:
        return line
    statement = min(around, key=lambda one: (one.end_lineno or one.lineno) - one.lineno)
    found = _one_of(statement.value, which, count) if statement.value is not None else None
    if found is None:
        return line
    if isinstance(found, ast.Name):
        written = [
            one.lineno
            for one in ast.walk(function)
            if isinstance(one, (ast.Assign, ast.AugAssign)) and one.lineno < line and found.id in _names_set(one)
        ]
        return max(written, default=found.lineno)
    return found.lineno


def _names_set(statement: ast.Assign | ast.AugAssign) -> set[str]:
    """The names that it works a value out for; one that only takes a tuple apart works nothing out."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _one_of(value: ast.expr, which: int, count: int) -> ast.expr | None:
    """The expression for one operand: of a tuple, or of the last tuple that a call is given."""
    if isinstance(value, (ast.Tuple, ast.List)):
        return value.elts[which] if len(value.elts) == count else None
    if isinstance(value, ast.Call):
        given = [*value.args, *(word.value for word in value.keywords)]
        for argument in reversed(given):
            if isinstance(argument, (ast.Tuple, ast.List)) and len(argument.elts) == count:
                found = argument.elts[which]
                if isinstance(found, (ast.Tuple, ast.List)) and found.elts:  # a pair of an operand and its own
                    return found.elts[-1]
                return found
        return None
    return value if count == 1 else None


def calling_line(code: CodeType, wanted: Collection[str]) -> int | None:
    """The first line of a function on which one of these is called; None where there is none."""
    function = function_of(code)
    lines = []
    for one in ast.walk(function) if function is not None else ():
        if isinstance(one, ast.Call):
            called = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if called in wanted:
                lines.append(one.lineno)
    return min(lines, default=None)


def setting_line(code: CodeType, names: Collection[str]) -> int | None:
    """The last line of a function on which an attribute of one of these names is set; None where there is none."""
    function = function_of(code)
    lines = []
    for one in ast.walk(function) if function is not None else ():
        if isinstance(one, ast.Assign):
            lines += [one.lineno for target in one.targets if getattr(target, "attr", "") in names]
    return max(lines, default=None)


def loop_line(code: CodeType) -> int | None:
    """The line of the last loop of a function that stands in no other; None where there is none."""
    function = function_of(code)
    loops = [one.lineno for one in function.body if isinstance(one, (ast.For, ast.While))] if function else []
    return max(loops, default=None)
