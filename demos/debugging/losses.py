"""What of a turn may be the loss, by what it is called and what is done with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays_in_reach import value_at
from .flow import called_in, parts
from .record import EXACT, IS_GRADIENT, Record
from .training_code import LOSS, is_update

SHOWN = 3
"""From this rank on a loss is only shown."""

_OBJECTIVES = ("f", "fx", "fval", "obj", "nll")
"""What a loss is called where it is one number, and else something else may be."""


@dataclass(frozen=True)
class Loss:
    """What may be the loss.

    Attributes:
        text: as it is written.
        line: where.
        value: what gives it, in the variables after the statement `at`; "" where it is a part of a result.
        at: the number of the statement after which it can be computed.
        rank: the lower, the likelier.
        before: what is to be carried out for it.
        times: by how much it is multiplied.
        is_elsewhere: whether the turn computes it of other data.
        is_meant: whether the turn does not compute it; then it is one but for a factor.
    """

    text: str
    line: int
    value: ast.expr
    at: int
    rank: int = 0
    before: tuple[ast.stmt, ...] = ()
    times: float = 1.0
    is_elsewhere: bool = False
    is_meant: bool = False

    @property
    def computed_at(self) -> int:
        """Return the number of the statement that computes it."""
        return self.at + (not isinstance(getattr(self.value, "ctx", None), ast.Store))

    def is_in(self, body: ast.stmt) -> bool:
        """Return whether it stands in a loop or a function."""
        return body.lineno <= self.line <= (body.end_lineno or body.lineno)

    @property
    def is_said(self) -> bool:
        """Return whether a variable or a function is called a loss: an error may be a gradient."""
        return self.rank < 4 and re.search(r"(?i)err|grad|deriv|prime|delta", self.text) is None


def losses(record: Record, named: str = "") -> Iterator[Loss]:
    """Yield what may be the loss, the likeliest first: what is called so, then what a function called so returns.

    Args:
        named: what the person calls it; "" for a usual name.
    """
    found: list[Loss] = []
    for at, statement in enumerate(record.turn.statements):
        found += [one for part in parts([statement]) for one in _find_assigned(part, at, record, named)]
        found += _find_added_up(statement, at, record)
        found += _find_in_calls(statement, at, record)
    met = set()
    for one in sorted(found, key=lambda each: (each.rank, -each.computed_at)):
        if (one.text, one.at) not in met:
            met.add((one.text, one.at))
            yield one


def _find_assigned(part: ast.stmt, at: int, record: Record, named: str) -> Iterator[Loss]:
    """Yield what a part of a statement assigns to something called a loss, or from a call of a function called so."""
    for target, value, is_alone in _assignments(part):
        name = _name_in(target)
        is_said = LOSS.search(name) is not None or name in EXACT or (named != "" and name == named)
        is_said = is_said or (name in _OBJECTIVES and _is_computed(target, record))
        # Of what a call gives with others, what is no number is not the loss.
        is_by_call = LOSS.search(called_in(value)) is not None and (is_alone or _is_computed(target, record))
        is_by_call = is_by_call and IS_GRADIENT.search(name) is None
        if is_said or is_by_call:
            rank = 0 if name in EXACT else 2 if "err" in name.lower() or not is_said else 1
            if not isinstance(target, ast.Subscript):
                yield Loss(ast.unparse(target), part.lineno, target, at, rank)
            elif is_alone:
                yield Loss(ast.unparse(target), part.lineno, value, at - 1, rank)


def _find_added_up(statement: ast.stmt, at: int, record: Record) -> Iterator[Loss]:
    """Yield what is added to one number, over the turns or in an inner loop, under any name."""
    if isinstance(statement, ast.AugAssign) and not is_update(statement, is_strict=True):
        by = ast.UnaryOp(ast.USub(), statement.value) if isinstance(statement.op, ast.Sub) else statement.value
        total = value_at(ast.unparse(statement.target), {**record.turn.globals, **record.left})
        if np.ndim(total) == 0 and not isinstance(total, int):
            by = ast.fix_missing_locations(ast.copy_location(by, statement.value))
            yield Loss(ast.unparse(by), statement.lineno, by, at - 1, rank=4)
    for part in parts([statement]):
        if part is not statement and isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
            total = record.left.get(part.target.id, record.turn.globals.get(part.target.id))
            # A plain number is no gradient.
            if isinstance(total, float) and not IS_GRADIENT.search(part.target.id):
                yield Loss(part.target.id, part.lineno, part.target, at, rank=4)


def _find_in_calls(statement: ast.stmt, at: int, record: Record) -> Iterator[Loss]:
    """Yield the calls of what is called a loss, and what is printed or put into a list."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return
    for call in (one for one in ast.walk(statement) if isinstance(one, ast.Call)):
        name = called_in(call)
        if LOSS.search(name) is not None:
            yield Loss(ast.unparse(call), call.lineno, call, at - 1, rank=3)
        rank = 3 if isinstance(call.func, ast.Attribute) and LOSS.search(_name_in(call.func.value)) else 4
        for one in call.args if name in ("append", "print") else ():
            is_expression = isinstance(one, (ast.BinOp, ast.UnaryOp, ast.Call)) and not _holds_text(one)
            is_loss = is_expression and (name == "append" or LOSS.search(ast.unparse(one)) is not None)
            if is_loss or _is_computed(one, record):
                yield Loss(ast.unparse(one), one.lineno, one, at - 1, rank)


def _holds_text(value: ast.expr) -> bool:
    texts = [one.value for one in ast.walk(value) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(isinstance(one, ast.JoinedStr) for one in ast.walk(value)) or any(len(one) > 8 for one in texts)


def _name_in(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _is_computed(value: ast.expr, record: Record) -> bool:
    """Return whether it is a variable in which the turn has left one number of floating point."""
    number = value_at(value.id, record.left) if isinstance(value, ast.Name) and value.id in record.changed else None
    return isinstance(number, (float, np.floating, np.ndarray)) and np.size(number) == 1


def _assignments(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr, bool]]:
    """Yield what is assigned, what to it, and whether that is all of it."""
    if isinstance(statement, (ast.Assign, ast.AugAssign)):
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            several = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
            for one in several:
                yield one, statement.value, len(several) == 1
