"""Whether their `backward()` lets go of the graph that it walks: then there is nothing to read any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ..lines import source_in
from ..reached import reached
from ..source import Source, function_behind
from ..syntax import function_of
from .engine import OPERANDS
from .pullbacks import RULES, walker_of

_HELD = frozenset((*OPERANDS, *RULES, "_ctx", "ctx", "_node", "_parent", "_graph", "history", "_history"))


def freeing_line(root: Any) -> Source | None:
    """The line of their backward pass on which a node is made to forget where it came from; None where there is none.

    Args:
        root: the node where it started.
    """
    walker = function_behind(walker_of(root))
    for one in [] if walker is None else reached([walker], [type(root)]):
        function = function_of(one.__code__)
        lines = [] if function is None else list(_forgetting(function))
        if lines:
            return source_in(one.__code__, min(lines))
    return None


def _forgetting(function: ast.FunctionDef) -> Iterator[int]:
    for one in ast.walk(function):
        forgotten: list[ast.expr] = []
        if isinstance(one, ast.Delete) or (isinstance(one, ast.Assign) and _is_empty(one.value)):
            forgotten = one.targets
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "clear":
            forgotten = [one.func.value]
        if any(map(_is_held, forgotten)):
            yield forgotten[0].lineno


def _is_held(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr in _HELD


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in ("set", "list", "tuple", "dict") and not value.args
    if isinstance(value, (ast.Tuple, ast.List)):
        return not value.elts
    return isinstance(value, ast.Constant) and value.value is None
