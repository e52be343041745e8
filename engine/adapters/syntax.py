"""Somebody's file as Python's parser reads it."""

from __future__ import annotations

import ast
from functools import lru_cache
from types import CodeType

from .source import lines_of


def tree_of(file: str) -> ast.Module | None:
    """The syntax of a file as it stands; None where its text is not to be had, or is no Python."""
    return _parsed("".join(lines_of(file)))


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def function_of(code: CodeType) -> ast.FunctionDef | None:
    """The `def` of a function's code; None where its text is not to be had."""
    tree = tree_of(code.co_filename)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and _first(node) == code.co_firstlineno:
            return node
    return None


def _first(node: ast.FunctionDef) -> int:
    """The line on which a function begins: that of its first decorator."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
