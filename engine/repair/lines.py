"""Which line of user code it is: watched as it runs, or read where a number is handed over and not written."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from .source import Source, code_of, codes_within, source_at, source_of
from .syntax import function_of

Lines = frozenset[tuple[str, int]]
"""Lines of user code, each as (file, number)."""

_OURS = str(Path(__file__).resolve().parents[1])


def source_in(code: CodeType, line: int) -> Source:
    """Return a line of a function."""
    return source_at(code.co_filename, line)


def handed_over(code: CodeType, line: int, which: int, count: int, upstream: Collection[str] = ()) -> int:
    """Return the line on which a function computes what it hands over for an operand.

    That is the gradient, or the local gradient.

    Args:
        line: of the statement that hands it over, or adds it to what stands there.
        which, count: which of how many operands.
        upstream: what it calls the gradient that arrives, as text.
    """
    function = function_of(code)
    handing = (ast.Return, ast.Assign, ast.AugAssign)
    around = [one for one in _own(function) if isinstance(one, handing) and _spans(one, line)]
    if function is None or not around:
        return line
    statement = min(around, key=lambda one: (one.end_lineno or one.lineno) - one.lineno)
    if isinstance(statement, ast.AugAssign):
        return _worked_out_at(function, statement.value, upstream, ()) or line
    found = None if statement.value is None else _one_of(statement.value, which, count)
    return line if found is None else _worked_out_at(function, found, upstream, ()) or found.lineno


def written_at(
    function: Any, which: int | None, ran: Iterable[tuple[str, int]] = (), *, kept: int = 0
) -> Source | None:
    """Return the line of a function that computes what it returns for an operand.

    Its `def` where there is no one such line.

    Args:
        function: it takes what it keeps, and then upstream gradients.
        which: which operand; None for the function as a whole.
        ran: the lines that have run; none where that is not known.
        kept: how many arguments come before what it keeps.
    """
    # A decorator's own code, such as once_differentiable's, is not meant.
    function = inspect.unwrap(function)
    source = source_of(function)
    code = None if source is None or which is None else code_of(function)
    method = None if code is None else function_of(code)
    if source is None or which is None or method is None:
        return source
    lines = {line for file, line in ran if file == source.file}
    given = [one.value for one in _own(method) if isinstance(one, ast.Return) and one.value and _has_run(one, lines)]
    parts = [part for value in given if (part := _returned(value, which)) is not None and not _is_none(part)]
    if not given:
        return source
    if not parts:
        return source_at(source.file, given[-1].lineno)
    upstream = frozenset(parameter.arg for parameter in method.args.args[1 + kept :])
    return source_at(source.file, _worked_out_at(method, parts[-1], upstream, lines) or parts[-1].lineno)


@contextmanager
def lines_noted(codes: Iterable[CodeType | None], into: set[tuple[str, int]]) -> Iterator[None]:
    """Note which lines of some functions, and of those written in them, run in this block."""

    def within(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            into.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    with traced({one for code in codes if code is not None for one in codes_within(code)}, within):
        yield


@contextmanager
def traced(codes: Collection[CodeType], within: Callable[[FrameType, str, Any], Any]) -> Iterator[None]:
    """Trace these codes alone in this block, by `within`.

    Whoever traced before does so again afterwards.
    """
    before = sys.gettrace()
    sys.settrace(lambda frame, *_: within if frame.f_code in codes else None)
    try:
        yield
    finally:
        sys.settrace(before)


def _worked_out_at(
    function: ast.FunctionDef, part: ast.expr, upstream: Collection[str], ran: Collection[int]
) -> int | None:
    """Return the last line that computes the variable handed over.

    Or times which the upstream gradient is handed over.
    """
    name = part.id if isinstance(part, ast.Name) else ""
    if name and any(_is_name_of(one, name, upstream) for one in _own(function)):
        return None
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
        sides = [(side, ast.unparse(side)) for side in (part.left, part.right)]
        names = [text for side, text in sides if isinstance(side, ast.Name) or text in upstream]
        others = [name for name in names if name not in upstream]
        name = others[0] if len(names) == 2 and len(others) == 1 else ""
        name = name if name and not any(_only_read(one, name) for one in _own(function)) else ""
    written = [
        one.lineno
        for one in _own(function)
        if name and one.lineno <= part.lineno and name in _names_set(one) and _has_run(one, ran)
    ]
    return max(written, default=None)


def _only_read(statement: ast.stmt, name: str) -> bool:
    """Tell whether it gives a variable what was kept beforehand, as it is."""
    if not isinstance(statement, ast.Assign) or name not in _stored(statement.targets):
        return False
    return not isinstance(statement.targets[0], ast.Name) or isinstance(statement.value, (ast.Attribute, ast.Name))


def _is_name_of(statement: ast.stmt, name: str, upstream: Collection[str]) -> bool:
    """Tell whether it gives what arrives another name: `g = self.grad`."""
    return _only_read(statement, name) and ast.unparse(getattr(statement, "value", statement)) in upstream


def _names_set(statement: ast.stmt) -> set[str]:
    """Return the names that a statement computes a value for, or changes.

    One that takes a collection apart computes nothing.
    """
    if isinstance(statement, ast.Assign):
        is_apart = isinstance(statement.targets[0], (ast.Tuple, ast.List))
        if _is_none(statement.value) or (is_apart and not isinstance(statement.value, (ast.Tuple, ast.List))):
            return set()
        return set(_stored(statement.targets))
    if isinstance(statement, (ast.AugAssign, ast.AnnAssign)) and statement.value is not None:
        return set() if _is_none(statement.value) else set(_stored([statement.target]))
    return set()


def _stored(targets: Sequence[ast.expr]) -> Iterator[str]:
    """Yield the variables that an assignment writes to, in whole or in part."""
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
        elif isinstance(target, (ast.Subscript, ast.Starred)):
            yield from _stored([target.value])
        elif isinstance(target, (ast.Tuple, ast.List)):
            yield from _stored(target.elts)


def _is_none(value: Any) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _spans(statement: ast.stmt, line: int) -> bool:
    return statement.lineno <= line <= (statement.end_lineno or statement.lineno)


def _has_run(statement: ast.stmt, ran: Collection[int]) -> bool:
    return not ran or any(_spans(statement, line) for line in ran)


def _own(function: ast.FunctionDef | None) -> Iterator[ast.stmt]:
    """Yield the statements of a function, without those of functions inside it."""
    waiting: list[ast.AST] = [] if function is None else list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _returned(value: ast.expr, which: int) -> ast.expr | None:
    """Return what a return gives for an operand; None where that cannot be told apart."""
    if not isinstance(value, ast.Tuple):
        return value if which == 0 or isinstance(value, ast.Name) else None
    before = value.elts[: which + 1]
    return None if any(isinstance(one, ast.Starred) for one in before) or len(before) <= which else before[which]


def _one_of(value: ast.expr, which: int, count: int) -> ast.expr | None:
    """Return the expression for one operand.

    It is of a tuple, or of the last tuple that a call is given.
    """
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
    """Return the first line of a function that calls one of these; None for none."""
    function = function_of(code)
    lines = []
    for one in ast.walk(function) if function is not None else ():
        if isinstance(one, ast.Call):
            called = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if called in wanted:
                lines.append(one.lineno)
    return min(lines, default=None)


def setting_line(code: CodeType, names: Collection[str]) -> int | None:
    """Return the last line of a function that sets an attribute of these names.

    None where there is none.
    """
    function = function_of(code)
    lines = []
    for one in ast.walk(function) if function is not None else ():
        if isinstance(one, ast.Assign):
            lines += [one.lineno for target in one.targets if getattr(target, "attr", "") in names]
    return max(lines, default=None)
