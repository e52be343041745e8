"""Expressions of a script that are given a name, where they stand."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import NamedTuple

from ...repair.syntax import lifted
from .flow import BODIES


class Lift(NamedTuple):
    """An expression that is given a name.

    Attributes:
        at: the statement that it is computed before; in a body of another one its values are a list.
        generators: of the comprehension that it stands in; () for none, else its values are a list.
    """

    name: str
    value: ast.expr
    at: ast.stmt
    generators: tuple[ast.comprehension, ...] = ()

    @property
    def said(self) -> ast.expr:
        """Return what the name is given."""
        value = copy.deepcopy(self.value)
        return ast.ListComp(value, list(copy.deepcopy(self.generators))) if self.generators else value


def with_lifts(statements: Sequence[ast.stmt], lifts: Sequence[Lift]) -> list[ast.stmt]:
    """Return the statements with these; what of them holds none stays the same object."""
    found: list[ast.stmt] = []
    for one in statements:
        found += [_made(lift.name, lift.said, one) for lift in lifts if lift.at is one]
        inner = [lift for lift in lifts if lift.at is not one and lift.at in ast.walk(one)]
        found += [_made(lift.name, ast.List([], ast.Load()), one) for lift in inner]
        found.append(_within(one, inner) if inner else one)
    return found


def _within(statement: ast.stmt, lifts: Sequence[Lift]) -> ast.stmt:
    """Return a copy of a statement with these in its bodies."""
    made = copy.copy(statement)
    for field in BODIES:
        body: list[ast.stmt] = []
        for one in getattr(statement, field, []):
            for lift in lifts:
                if lift.at is one:
                    value = lift.said if lift.generators else ast.List([lift.said], ast.Load())
                    body.append(_made(lift.name, ast.BinOp(ast.Name(lift.name, ast.Load()), ast.Add(), value), one))
            body.append(_within(one, lifts) if isinstance(one, ast.stmt) and _holds(one, lifts) else one)
        if hasattr(statement, field):
            setattr(made, field, body)
    return made


def _holds(statement: ast.stmt, lifts: Sequence[Lift]) -> bool:
    return any(lift.at is not statement and lift.at in ast.walk(statement) for lift in lifts)


def _made(name: str, value: ast.expr, where: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(lifted(name, value, where))
