"""A loss that a file computes elsewhere, of all its data: as a turn would compute it, of the examples of the turn."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .flow import BODIES, called_in, needed_statements, reads
from .losses import Loss
from .record import EXACT, Gradient, Record
from .training_code import LOSS, bound_by


def evaluated_losses(record: Record, gradients: Sequence[Gradient]) -> Iterator[Loss]:
    """Yield the losses that are computed beside a turn: after an epoch of small batches, or now and then."""
    turn = record.turn
    begin = min(place for one in gradients for place in record.places_of(one))
    for block in (turn.statements[begin:], *_enclosing_blocks(turn.tree, turn.body)):
        for place, statement in enumerate(block):
            for value in _loss_calls(statement, turn.body):
                before = needed_statements(reads(value), [one for one in block[:place] if isinstance(one, ast.Assign)])
                whole = [*before, ast.Expr(value)]
                parts = _parts_of_batch(record, {name for one in whole for name in reads(one)})
                if parts:
                    *given, last = (_Replaced(parts).visit(copy.deepcopy(one)) for one in whole)
                    yield Loss(
                        ast.unparse(value), value.lineno, last.value, begin - 1, 3, tuple(given), is_elsewhere=True
                    )


def named_losses(record: Record, gradients: Sequence[Gradient]) -> Iterator[Loss]:
    """Yield calls of a function that is called a loss, with variables of its parameters' names.

    Of a loss and its derivative the arguments are the same: it is called as that is, too.
    """
    turn = record.turn
    begin = min(place for one in gradients for place in record.places_of(one))
    functions = {one.name: one for one in turn.tree.body if isinstance(one, ast.FunctionDef)}
    known = {*turn.globals, *turn.space, *record.left}
    calls = [
        (at, one) for at, part in enumerate(turn.statements) for one in ast.walk(part) if isinstance(one, ast.Call)
    ]
    for name, function in functions.items():
        takes = [one.arg for one in function.args.args]
        if not takes or not (LOSS.search(name) or name in EXACT) or re.search(r"(?i)grad|deriv|prime|delta", name):
            continue
        alike = [
            (at, one.args, one.lineno)
            for at, one in calls
            if called_in(one) in functions.keys() - {name}
            and [each.arg for each in functions[called_in(one)].args.args] == takes
            and len(one.args) == len(takes)
        ]
        if set(takes) <= known:
            alike.append((begin, [ast.Name(one, ast.Load()) for one in takes], turn.statements[begin].lineno))
        for at, args, line in alike:
            call = ast.copy_location(ast.Call(ast.Name(name, ast.Load()), args, []), turn.statements[at])
            yield Loss(ast.unparse(call), line, ast.fix_missing_locations(call), at - 1, 3)


def _enclosing_blocks(tree: ast.Module, body: ast.stmt) -> list[list[ast.stmt]]:
    """Return the blocks of statements that a turn stands in, and what their conditions hold; the innermost first."""
    found: list[list[ast.stmt]] = []

    def enter(statements: list[ast.stmt]) -> bool:
        for one in statements:
            if one is body:
                found.append(statements)
                return True
            inner = [getattr(one, field, []) for field in BODIES]
            if any(enter(each) for each in inner if each):
                if isinstance(one, (ast.FunctionDef, ast.ClassDef)):
                    return True
                found.append(statements)
                return True
        return False

    enter(tree.body)
    return [*found, *(one.body for block in found for one in block if isinstance(one, ast.If))]


def _loss_calls(statement: ast.stmt, body: ast.stmt) -> Iterator[ast.Call]:
    if statement is body or not isinstance(statement, (ast.Assign, ast.Expr, ast.AugAssign)):
        return
    for one in ast.walk(statement):
        if isinstance(one, ast.Call) and (LOSS.search(called_in(one)) or called_in(one) in EXACT):
            yield one


def _parts_of_batch(record: Record, names: set[str]) -> dict[str, ast.expr]:
    """Return what a turn takes of each name's data."""
    turn = record.turn
    found: dict[str, ast.expr] = {}
    space = {**turn.globals, **turn.space}
    subscripts = [one for each in turn.statements for one in ast.walk(each) if isinstance(one, ast.Subscript)]
    for name in names:
        value = space.get(name)
        if not isinstance(value, (np.ndarray, list)) or not len(value) or _is_moved(record, name):
            continue
        own = [one for one in subscripts if isinstance(one.value, ast.Name) and one.value.id == name]
        if own:
            found[name] = _kept_whole(own[0], value, {**space, **record.left})
        else:
            other = _named_part(record, name, value)
            if other is not None:
                found[name] = other
    return found


def _is_moved(record: Record, name: str) -> bool:
    return any(one.path == name or one.path.startswith((f"{name}[", f"{name}.")) for one in record.moved)


def _kept_whole(part: ast.Subscript, value: Any, space: dict[str, Any]) -> ast.expr:
    """Return a part of the data as data: one example as a list of one."""
    is_slice = any(isinstance(one, ast.Slice) for one in ast.walk(part.slice))
    indices = [space.get(one.id) for one in ast.walk(part.slice) if isinstance(one, ast.Name)]
    is_many = is_slice or any(np.ndim(one) for one in indices if one is not None)
    return part if is_many else ast.List([part], ast.Load())


def _named_part(record: Record, name: str, value: Any) -> ast.expr | None:
    """Return the variable that has some of an array's rows; of a loop's own variable, the one that it has."""
    if not isinstance(value, np.ndarray):
        return _named_list(record, name, value)
    rows, own = value.reshape(len(value), -1), bound_by(record.turn.body)
    for other, held in {**record.turn.space, **record.left}.items():
        if not isinstance(held, (np.ndarray, np.generic)):
            continue
        is_one = other in own and np.shape(held) == value.shape[1:]
        is_some = np.ndim(held) == value.ndim and np.shape(held)[1:] == value.shape[1:] and held.size < value.size
        taken = np.reshape(held, (-1, rows.shape[1])) if is_one or (is_some and np.size(held)) else rows[:0]
        is_like = other != name and held.dtype == value.dtype
        if is_like and len(taken) and all((rows == one).all(axis=1).any() for one in taken[:8]):
            part = ast.Name(other, ast.Load())
            return ast.List([part], ast.Load()) if is_one else part
    return None


def _named_list(record: Record, name: str, value: list[Any]) -> ast.expr | None:
    """Return the variable that is a list of some of a list's things."""
    known = set(map(id, value))
    for other, held in {**record.turn.space, **record.left}.items():
        is_some = isinstance(held, list) and other != name and 0 < len(held) < len(value)
        if is_some and all(id(one) in known for one in held):
            return ast.Name(other, ast.Load())
    return None


class _Replaced(ast.NodeTransformer):
    """Puts other expressions where names are read."""

    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self._parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        part = self._parts.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if part is None else ast.fix_missing_locations(ast.copy_location(copy.deepcopy(part), node))
