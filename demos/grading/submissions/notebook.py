"""A notebook as a program: what its cells define, without what they only try out."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

from .opening import RefusedError

MOST_BYTES = 4 << 20
"""Of a notebook, whose pictures are in it."""


def program(content: bytes) -> bytes:
    """The program in a notebook: of its code cells, in their order, the imports, functions, classes and constants.

    What else is in them, calls to try things out and drawings, stays away, as do lines for the notebook itself (% and
    !). A cell that is no Python is kept as it stands, so that its error is told.

    Raises:
        RefusedError: it is no notebook.
    """
    try:
        cells = json.loads(content)["cells"]
        sources = [_source(cell) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RefusedError("is no notebook that can be read. Save it again, or hand in a .py file.") from None
    return "\n\n".join(part for source in sources for part in _definitions(source)).encode("utf-8", "replace") + b"\n"


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    return "\n".join(line for line in text.splitlines() if not line.startswith(("%", "!")))


def _definitions(source: str) -> Iterator[str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield source
        return
    lines = source.splitlines()
    for statement in body:
        if _defines(statement):
            first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
            yield "\n".join(lines[first - 1 : statement.end_lineno])


def _defines(statement: ast.stmt) -> bool:
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        # A table of rules is a constant, too, whatever the functions in it call.
        return not any(isinstance(inner, ast.Call) for inner in _outside_of_functions(statement))
    return isinstance(statement, kinds)


def _outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.Lambda):
        for inner in ast.iter_child_nodes(node):
            yield from _outside_of_functions(inner)
