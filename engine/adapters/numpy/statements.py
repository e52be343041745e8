"""What a line of somebody's code gives a value to, changes, and reads: taken from its syntax."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from ...repair.syntax import COMPOUND, own_lines, tree_of

Path = tuple[str, ...]
"""A name and the attributes that follow it: ("self", "dW")."""


class Statement(NamedTuple):
    """A statement that is carried out in one go, or the head of one with a body.

    Attributes:
        line: where it begins.
        stored: what it gives a new value to.
        touched: what it may change in place.
        read: the names it reads, those of attributes, and its texts in quotes.
        returned: of a `return`, what each part of the result is called and where that stands, () for none.
        handed_on: the variable that its right-hand side is, "" for an expression.
        is_worked_out: whether its right-hand side is more than a variable, or something that one holds.
    """

    line: int
    stored: tuple[Path, ...]
    touched: tuple[Path, ...]
    read: frozenset[str]
    returned: tuple[Returned, ...] = ()
    handed_on: str = ""
    is_worked_out: bool = False


class Returned(NamedTuple):
    """A part of what is returned.

    Attributes:
        key: the name it stands under in a dict; else the name of the variable, "" for an expression.
        line: where it stands.
        is_new: whether it is computed there, and no variable.
    """

    key: str
    line: int
    is_new: bool


def statements_of(file: str) -> dict[int, Statement]:
    """The statement of each line; {} where the file cannot be read."""
    tree = tree_of(file)
    found: dict[int, Statement] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.stmt):
            # What stands in one line with the head of its statement comes later, and counts.
            found.update(dict.fromkeys(own_lines(node), _statement(node)))
    return found


def _statement(node: ast.stmt) -> Statement:
    parts = list(_head(node))
    stored: list[Path] = []
    touched: list[Path] = []
    read: set[str] = set()
    for part in parts:
        for inner in ast.walk(part):
            if isinstance(inner, ast.Name):
                if isinstance(inner.ctx, ast.Store):
                    stored.append((inner.id,))
                else:
                    read.add(inner.id)
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                read.add(f'"{inner.value}"')
            elif isinstance(inner, ast.Attribute):
                if isinstance(inner.ctx, ast.Store):
                    stored.extend(_path(inner))
                else:
                    read.add(inner.attr)
            elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
                touched.extend(_path(inner.value))
            elif isinstance(inner, ast.Call):
                touched.extend(_in_call(inner, isinstance(node, ast.Expr)))
    if isinstance(node, ast.AugAssign):
        touched += [path for path in stored if path not in touched]
        read.update(path[0] for path in stored)
        stored = []
    returned = tuple(_returned(node.value)) if isinstance(node, ast.Return) and node.value else ()
    value = getattr(node, "value", None)
    handed_on = value.id if isinstance(value, ast.Name) and not isinstance(node, ast.Return) else ""
    is_made = value is not None and not isinstance(value, (ast.Name, ast.Attribute, ast.Subscript))
    return Statement(node.lineno, tuple(stored), tuple(touched), frozenset(read), returned, handed_on, is_made)


def _head(node: ast.stmt) -> Iterator[ast.AST]:
    """A statement without its body."""
    if not isinstance(node, COMPOUND):
        yield node
        return
    for name in ("test", "target", "iter", "items"):
        held = getattr(node, name, None)
        if held is not None:
            yield from held if isinstance(held, list) else [held]


def _path(node: ast.expr) -> list[Path]:
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):  # x[i][j] = ... changes x
            node, names = node.value, []
        elif isinstance(node, ast.Name):
            return [(node.id, *reversed(names))]
        else:
            return []


def _in_call(call: ast.Call, is_alone: bool) -> list[Path]:
    """What a call may change: its arguments where nothing is done with its result, and what is given as `out`."""
    found = [path for keyword in call.keywords if keyword.arg == "out" for path in _path(keyword.value)]
    if is_alone:
        found += [path for argument in call.args[:1] for path in _path(argument)]
        found += _path(call.func.value) if isinstance(call.func, ast.Attribute) else []
    return found


def _returned(value: ast.expr) -> Iterator[Returned]:
    if isinstance(value, (ast.Tuple, ast.List)):
        for part in value.elts:
            if isinstance(part, ast.Dict):
                yield from _returned(part)
            else:
                yield Returned(_key(part), part.lineno, not _word(part))
    elif isinstance(value, ast.Dict):
        for key, part in zip(value.keys, value.values):
            yield Returned(str(key.value) if isinstance(key, ast.Constant) else "", part.lineno, not _word(part))
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
        for keyword in value.keywords:
            yield Returned(keyword.arg or "", keyword.value.lineno, not _word(keyword.value))
    else:
        yield Returned(_word(value), value.lineno, not _word(value))


def _word(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _key(node: ast.expr) -> str:
    """A variable's name; of an entry that of what it is in, "hs[]"."""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
        return f"{_word(node.value)}[]" if _word(node.value) else ""
    return _word(node)
