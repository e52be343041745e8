"""Statements in another place: what comes before something changes, and should come after it, or the other way."""

from __future__ import annotations

import ast
from collections import Counter

from .localize import names_used
from .operators import Row
from .source import COMPOUND
from .tree import Slot, Written, own_statements

Move = tuple[ast.stmt, Slot, list[ast.stmt]]
"""A statement, its block, and that in another order."""
HINT = "`{}` stands in the wrong place: what needs the old numbers here, and what the new ones?"
MOVED = Row("order", 1.3, HINT, 0, lambda _: (), is_whole=True)


def moves(function: Written) -> list[Move]:
    """Return the statements that may stand elsewhere, each with its block, and with that in another order.

    They go past what changes a variable that they read, or reads one that they change: of those that change again.
    """
    statements = [(one, slot) for one, slot in own_statements(function) if isinstance(one, ast.stmt)]
    uses = {id(one): _uses_of(one) for one, _ in statements}
    times = Counter(name for one, _ in statements if not isinstance(one, COMPOUND) for name in uses[id(one)][0])
    times.update(one.arg for one in ast.walk(function) if isinstance(one, ast.arg))
    again = {name for name, count in times.items() if count > 1}
    found = dict[tuple[int, ...], Move]()
    for statement, (holder, field, at) in reversed(statements):  # of two side by side the later one
        if at is None or isinstance(statement, (ast.Return, *COMPOUND)):
            continue
        block, (changed, read) = getattr(holder, field), uses[id(statement)]
        rest = [*block[:at], *block[at + 1 :]]
        for to in (*range(at + 1, len(block)), *range(at - 1, -1, -1)):
            others = uses.get(id(block[to]))
            order = [*rest[:to], statement, *rest[to:]]
            if others is not None and (changed & others[1] | read & others[0]) & again:
                found.setdefault((*map(id, order),), (statement, Slot(holder, field, None), order))
    return list(found.values())


def _uses_of(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the names that a statement changes, and those that it reads: sums come to the same in any order."""
    changed, read = set[str](), set[str]()
    for one in ast.walk(statement):
        if isinstance(one, ast.stmt):
            given, used = names_used(one)
            changed |= given
            read |= used - given if isinstance(one, ast.AugAssign) else used
    return changed, read
