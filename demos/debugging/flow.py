"""What the statements of a script read and write, and which of them a name needs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

BODIES = ("body", "orelse", "finalbody")
"""What a statement holds other statements in."""

_NOT_CHANGED_BY = ("print", "len", "str", "range", "float", "int")


def reads(statement: ast.AST) -> set[str]:
    """Return the names that are read in it."""
    names = [one for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)]
    names += [one.target for one in ast.walk(statement) if isinstance(one, ast.AugAssign)]  # type: ignore[misc]
    return {one.id for one in names if isinstance(one, ast.Name)}


def writes(statement: ast.AST) -> set[str]:
    """Return the names that get a value in it, or whose value may be changed in place."""
    return set(binds(statement)) | set(_mutates(statement))


def binds(statement: ast.AST) -> list[str]:
    """Return the names that get a value in it, in their order, but for those of a comprehension."""
    own = {id(name) for one in ast.walk(statement) if isinstance(one, ast.comprehension) for name in ast.walk(one)}
    return [
        one.id
        for one in ast.walk(statement)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and id(one) not in own
    ]


def needed_statements(goals: Collection[str], statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that these names need for their last value, in their order."""
    names, found = set(goals), []
    for statement in reversed(statements):
        if writes(statement) & names:
            found.append(statement)
            names |= reads(statement)
    return found[::-1]


def parts(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements, in the place of those with a body what stands in it, of a loop first its names."""
    for one in statements:
        bodies = [getattr(one, field, []) for field in BODIES]
        if not any(bodies) or isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield one
            continue
        if isinstance(one, (ast.For, ast.AsyncFor)):
            yield ast.copy_location(ast.Assign([one.target], one.iter), one)
        for body in bodies:
            yield from parts(body)


def _mutates(statement: ast.AST) -> Iterator[str]:
    """Yield the names whose objects a statement may change in place."""
    for one in ast.walk(statement):
        if isinstance(one, (ast.Subscript, ast.Attribute)) and isinstance(one.ctx, ast.Store):
            yield from _owner(one)
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            called = one.value.func
            if not (isinstance(called, ast.Name) and called.id in _NOT_CHANGED_BY):
                for part in (*([called] if isinstance(called, ast.Attribute) else []), *one.value.args):
                    yield from _owner(part)


def _owner(node: ast.AST) -> Iterator[str]:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def called_in(node: ast.AST) -> str:
    """Return the last name of what is called; "" for no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
