"""Python without what only its readers need, which is half of what a page would fetch."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import lru_cache

BLANK = b'" "'
"""A docstring in its place: with none at all a dataclass would make its own."""


@lru_cache(maxsize=1024)  # one process builds several pages of the same modules
def lean(source: bytes) -> bytes:
    r"""Return a module without comments and docstrings, each statement on its own line as before.

    Raises:
        SyntaxError: it is no Python.

    Examples:
        >>> lean(b'def f(x):  # of any size\n    "Twice."\n    return 2 * x\n').decode().splitlines()
        ['def f(x):', '    " "', '    return 2 * x']
    """
    lines = _strip_comments(source)
    tree = ast.parse(b"".join(lines))
    # From the end on, so that the places of those before it stay.
    for text in sorted(_docstrings(tree), key=lambda text: text.lineno, reverse=True):
        assert text.end_lineno is not None
        assert text.end_col_offset is not None
        first, last = text.lineno - 1, text.end_lineno - 1
        rest = lines[last][text.end_col_offset :]
        lines[first : last + 1] = [lines[first][: text.col_offset] + BLANK + rest, *[b"\n"] * (last - first)]
    return b"".join(lines)


def _strip_comments(source: bytes) -> list[bytes]:
    lines = source.decode("utf-8").splitlines(keepends=True)
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    return [line.encode("utf-8") for line in lines]


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the docstrings, as expressions."""
    found: list[ast.AST] = [tree]
    for node in found:
        # No expression holds a statement.
        found += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)]
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and ast.get_docstring(node, clean=False) is not None
            and isinstance(node.body[0], ast.Expr)
        ):
            yield node.body[0].value
