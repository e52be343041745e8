"""What the statements of a script read and write, and which of them a name needs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

_NOT_CHANGED_BY = frozenset({"print", "len", "str", "range", "float", "int"})


def reads(statement: ast.AST) -> set[str]:
    """The names that are read in it."""
    found = {one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    return found | {one.target.id for one in _augmented(statement) if isinstance(one.target, ast.Name)}


def writes(statement: ast.AST) -> set[str]:
    """The names that get a value in it, or whose value may be changed in place."""
    return set(bound(statement)) | set(_touched(statement))


def bound(statement: ast.AST) -> list[str]:
    """The names that get a value in it, in their order."""
    return [one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]


def needed(goals: Collection[str], statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements that these names need for their last value, in their order."""
    names, found = set(goals), []
    for statement in reversed(statements):
        if writes(statement) & names:
            found.append(statement)
            names |= reads(statement)
    return found[::-1]


def dependent(names: Collection[str], statements: Sequence[ast.stmt]) -> set[str]:
    """The names whose values depend on these, themselves among them."""
    found = set(names)
    for _ in range(2):  # what a turn leaves, the next one reads
        for statement in statements:
            if reads(statement) & found:
                found |= writes(statement)
    return found


def _augmented(statement: ast.AST) -> Iterator[ast.AugAssign]:
    return (one for one in ast.walk(statement) if isinstance(one, ast.AugAssign))


def _touched(statement: ast.AST) -> Iterator[str]:
    for one in ast.walk(statement):
        if isinstance(one, (ast.Subscript, ast.Attribute)) and isinstance(one.ctx, ast.Store):
            yield from _owner(one)
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            call = one.value
            if isinstance(call.func, ast.Attribute):
                yield from _owner(call.func)
            elif isinstance(call.func, ast.Name) and call.func.id in _NOT_CHANGED_BY:
                continue
            for argument in call.args:
                yield from _owner(argument)


def _owner(node: ast.AST) -> Iterator[str]:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
