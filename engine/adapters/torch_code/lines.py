"""Where a Function's backward writes the gradient of an input."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from ..source import Source, code_of, source_at, source_of
from ..syntax import function_of


def written_at(backward: Any, place: int | None) -> Source | None:
    """The line that writes what is returned for an input; that of the `def` where there is no one such line.

    Args:
        backward: the method.
        place: which input of the forward; None for the method as a whole.
    """
    # A decorator's own code, such as once_differentiable's, is not meant.
    backward = inspect.unwrap(backward)
    source = source_of(backward)
    if source is None or place is None:
        return source
    code = code_of(backward)
    method = None if code is None else function_of(code)
    line = None if method is None else _line(method, place)
    return source if line is None else source_at(source.file, line)


def _line(method: ast.FunctionDef, place: int) -> int | None:
    returns = [node for node in _own(method) if isinstance(node, ast.Return) and node.value is not None]
    if not returns:
        return None
    given = [_part(node.value, place) for node in returns]
    telling = [part for part in given if part is not None and not _is_none(part)]
    if not telling:
        return returns[-1].lineno
    part = telling[-1]
    name = _worked_out(method, part)
    return (_last_write(method, name, part.lineno) if name else None) or part.lineno


def _worked_out(method: ast.FunctionDef, part: ast.expr) -> str:
    """The variable that holds what is returned, but for a product with the upstream gradient; "" for none."""
    if isinstance(part, ast.Name):
        return part.id
    upstream = {parameter.arg for parameter in method.args.args[1:]}
    if not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Mult):
        return ""
    names = [side.id for side in (part.left, part.right) if isinstance(side, ast.Name)]
    others = [name for name in names if name not in upstream]
    return others[0] if len(names) == 2 and len(others) == 1 and _is_worked_out(method, others[0]) else ""


def _is_worked_out(method: ast.FunctionDef, name: str) -> bool:
    """Whether a variable is not just what was kept for backward."""
    for node in _own(method):
        if isinstance(node, ast.Assign) and name in {one for target in node.targets for one in _names(target)}:
            return isinstance(node.targets[0], ast.Name) and not isinstance(node.value, (ast.Attribute, ast.Name))
    return False


def _part(value: Any, place: int) -> ast.expr | None:
    """What a return gives for an input; None where that cannot be told apart."""
    if not isinstance(value, ast.Tuple):
        return value if place == 0 or isinstance(value, ast.Name) else None
    before = value.elts[: place + 1]
    if any(isinstance(one, ast.Starred) for one in before) or len(before) <= place:
        return None
    return before[place]


def _last_write(method: ast.FunctionDef, name: str, before: int) -> int | None:
    """The last line before another that writes to a variable something else than None."""
    lines = []
    for node in _own(method):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets, value = [node.target], node.value or ast.Constant(None)
        else:
            continue
        if node.lineno <= before and not _is_none(value) and name in {one for t in targets for one in _names(t)}:
            lines.append(node.lineno)
    return max(lines, default=None)


def _names(target: ast.expr) -> Iterator[str]:
    """The variables that an assignment writes to, those of which it writes a part among them."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Subscript, ast.Starred)):
        yield from _names(target.value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for one in target.elts:
            yield from _names(one)


def _is_none(value: Any) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _own(method: ast.FunctionDef) -> Iterator[ast.AST]:
    """The statements of a function, without those of functions inside it."""
    waiting: list[ast.AST] = list(method.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting = [*ast.iter_child_nodes(node), *waiting]
