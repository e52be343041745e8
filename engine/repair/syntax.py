"""A user's file as Python's parser reads it."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from .source import lines_of


def tree_of(file: str) -> ast.Module | None:
    """Return the syntax of a file as it stands; None where its text is not to be had, or is no Python."""
    given = _GIVEN.get(file)
    return _parsed("".join(lines_of(file))) if given is None else given


_GIVEN: dict[str, ast.Module] = {}


@contextmanager
def as_read(file: str, tree: ast.Module) -> Iterator[None]:
    """Read a file as this tree while this lasts: one of functions that were cut out of a script, say."""
    before = _GIVEN.get(file)
    _GIVEN[file] = tree
    try:
        yield
    finally:
        _GIVEN.pop(file)
        if before is not None:
            _GIVEN[file] = before


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def copy_of(node: Any) -> Any:
    """Return a deep copy of some syntax: `copy.deepcopy` takes several times as long."""
    return pickle.loads(pickle.dumps(node))


def function_of(code: CodeType) -> ast.FunctionDef | None:
    """Return the `def` of a function's code; None where its text is not to be had."""
    tree = tree_of(code.co_filename)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and first_line(node) == code.co_firstlineno:
            return node
    return None


def first_line(node: ast.stmt) -> int:
    """Return the line on which a statement begins: of a function, that of its first decorator."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.FunctionDef,
            ast.AsyncFunctionDef, ast.ClassDef)  # fmt: skip
"""What has a body of its own."""


def own_lines(statement: ast.stmt | ast.Lambda) -> range:
    """Return the lines of a statement; of one with a body those of its head."""
    last = statement.end_lineno or statement.lineno
    if isinstance(statement, COMPOUND):
        last = max(statement.lineno, statement.body[0].lineno - 1)
    return range(statement.lineno, last + 1)


def array_of(target: ast.expr) -> ast.expr:
    """Return what an entry, or a part, is of: x of x[i][j]."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


def lifted(name: str, value: ast.expr, where: ast.expr | ast.stmt) -> ast.Assign:
    """Return a statement, in no file, that gives a user expression a name."""
    target = ast.copy_location(ast.Name(name, ast.Store()), where)
    made = ast.copy_location(ast.Assign([target], value, lineno=where.lineno), where)
    made.type_comment = _LIFTED
    return made


def is_lifted(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and node.type_comment == _LIFTED


_LIFTED = "lifted"
"""A comment about a type is read and carried by the syntax, and never compiled."""
