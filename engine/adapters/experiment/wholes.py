"""What may stand in the place of a whole statement: one function for each kind of slip, undone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ..syntax import array_of
from .expressions import with_name
from .places import index_text, target_of, text_of

Texts = Iterable[str]


def added_up(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            yield f"{text_of(target)} += {text_of(statement.value)}"


def assigned(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.AugAssign):
        yield f"{text_of(statement.target)} = {text_of(statement.value)}"


def taken_off(statement: ast.stmt, _: Sequence[str]) -> Texts:
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, (ast.Add, ast.Sub)):
        symbol = "-=" if isinstance(statement.op, ast.Add) else "+="
        yield f"{text_of(statement.target)} {symbol} {text_of(statement.value)}"


def added_at(statement: ast.stmt, _: Sequence[str]) -> Texts:
    target = target_of(statement)
    if isinstance(target, ast.Subscript) and isinstance(statement, (ast.Assign, ast.AugAssign)):
        name = "subtract" if isinstance(getattr(statement, "op", None), ast.Sub) else "add"
        yield f"np.{name}.at({text_of(target.value)}, np.s_[{index_text(target)}], {text_of(statement.value)})"


def left_out(statement: ast.stmt, _: Sequence[str]) -> Texts:
    is_store = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript)
    if isinstance(statement, (ast.AugAssign, ast.Expr)) or is_store:
        yield "pass"


def index_of_target(statement: ast.stmt, names: Sequence[str]) -> Texts:
    target = target_of(statement)
    if isinstance(target, ast.Subscript):
        value = text_of(statement)[len(text_of(target)) :]
        for name in {one.id for one in ast.walk(target.slice) if isinstance(one, ast.Name)}:
            for other in names:
                if other != name and other.isidentifier():
                    yield with_name(target, name, other) + value


def scaled_after(statement: ast.stmt, names: Sequence[str]) -> Texts:
    target = target_of(statement)
    if target is not None and isinstance(statement, ast.AugAssign):
        whole = text_of(array_of(target))
        for name in names:
            if name != whole:
                yield f"{text_of(statement)}\n{whole} = {whole} / {name}"
