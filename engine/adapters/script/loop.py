"""The loop of a script that trains, and what comes before its first iteration."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from ..numpy.holding import RATES
from ..numpy.naming import matched
from .flow import bound, reads

Loop = ast.For | ast.While


class Turn(NamedTuple):
    """One iteration of the loop that trains.

    Attributes:
        before: what is carried out before the first, with the heads of the loops, so that their variables are there.
        body: the statements of the iteration; of a script without such a loop all of them.
    """

    before: list[ast.stmt]
    body: list[ast.stmt]

    @property
    def known(self) -> list[str]:
        """Return the names that are there before it."""
        return list(dict.fromkeys(name for one in self.before for name in bound(one)))


class Update(NamedTuple):
    """A statement that moves a parameter.

    Attributes:
        name: of the parameter.
        by: what is added to it, or taken from it.
        sign: 1 where it is added, -1 where it is taken away.
    """

    name: str
    by: ast.expr
    sign: int
    statement: ast.Assign | ast.AugAssign


def turn_of(tree: ast.Module) -> Turn:
    """Find the iteration of the innermost loop that moves what was there before it.

    Without one, it is what follows the parameters.
    """
    before: list[ast.stmt] = []
    body = list(_at_the_top(tree.body))
    while True:
        found = next((one for one in body if isinstance(one, Loop) and _trains(one, [*before, *body])), None)
        if found is None:
            return _without_loop([*before, *body])
        before = [*before, *body[: body.index(found)], _left_at_once(found)]
        if _moves(found.body, before):
            return Turn(before, found.body)
        body = found.body


def _without_loop(statements: Sequence[ast.stmt]) -> Turn:
    """Split a script without a loop after its parameters.

    These are what has a gradient, by the names, and is not computed from others that have one.
    """
    own = list(dict.fromkeys(name for one in statements for name in bound(one)))
    pairs = {matched(name, own[: own.index(name)]) for name in own} - {None}
    inner = {name for name in pairs for one in statements if name in bound(one) and reads(one) & pairs - {name}}
    places = [place for place, one in enumerate(statements) if (pairs - inner) & set(bound(one))]
    first = min(places, default=-1)
    last = next((place for place in reversed(places) if not _is_moving(statements[place])), first)
    return Turn(list(statements[: last + 1]), list(statements[last + 1 :]))


def _is_moving(statement: ast.stmt) -> bool:
    return bool(list(updates_in([statement])))


def updates_in(statements: Sequence[ast.stmt]) -> Iterator[Update]:
    """Yield what moves a name: `W -= step`, `W = W - step`."""
    for one in statements:
        if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name):
            if isinstance(one.op, (ast.Add, ast.Sub)):
                yield Update(one.target.id, one.value, 1 if isinstance(one.op, ast.Add) else -1, one)
        elif isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
            name, value = one.targets[0].id, one.value
            if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)) and _is(value.left, name):
                yield Update(name, value.right, 1 if isinstance(value.op, ast.Add) else -1, one)


def moved_in_part(statements: Sequence[ast.stmt], known: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield the parameters of which only some entries are moved, `W[rows] -= step`.

    As that stands there, and the line.
    """
    own = {name for one in statements for name in bound(one)}
    for one in statements:
        if not (isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Subscript)):
            continue
        moved = one.target.value
        if isinstance(moved, ast.Name) and moved.id in known and moved.id not in own and reads(one.value) & own:
            yield ast.unparse(one.target), one.lineno


def without_rate(value: ast.expr, before: Sequence[ast.stmt]) -> ast.expr:
    """Return what a parameter is moved by, without the step in front.

    A sign goes too, or, where no step has a name, a number.
    """
    while True:
        if isinstance(value, ast.UnaryOp):
            value = value.operand
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
            rest = _without_steps(_factors(value), before)
            if len(rest) > 1:
                return _product(rest)
            value = rest[0]
        elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.MatMult, ast.Div)):
            left = without_rate(value.left, before)
            return value if left is value.left else _with_left(left, value)
        else:
            return value


def _without_steps(factors: list[ast.expr], before: Sequence[ast.stmt]) -> list[ast.expr]:
    """Return the factors without the steps at both ends.

    A number beside one with a name is none.
    """
    steps = [one for one in factors if _is_rate(one, before)]
    named = [one for one in steps if not isinstance(_unsigned(one), ast.Constant)]
    front = list(takewhile(lambda one: one in steps, factors))
    first = max((place + 1 for place, one in enumerate(front) if one in (named or steps)), default=0)
    last = len(factors) - (factors[-1] in (named or steps))
    return factors[first:last] or factors[-1:]


def _factors(value: ast.expr) -> list[ast.expr]:
    """Return the factors of a product, and of the product that it begins with."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        return [*_factors(value.left), value.right]
    return [value]


def _product(factors: Sequence[ast.expr]) -> ast.expr:
    found = factors[0]
    for one in factors[1:]:
        found = _with_left(found, ast.copy_location(ast.BinOp(found, ast.Mult(), one), one))
    return found


def _with_left(left: ast.expr, value: ast.BinOp) -> ast.BinOp:
    """Return a product, or a quotient, that begins later in the text than it did."""
    made = ast.BinOp(left, value.op, value.right)
    made.lineno, made.col_offset = left.lineno, left.col_offset
    made.end_lineno, made.end_col_offset = value.end_lineno, value.end_col_offset
    return made


def _unsigned(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) else node


def _is_rate(node: ast.expr, before: Sequence[ast.stmt]) -> bool:
    node = _unsigned(node)
    if isinstance(node, ast.Constant):
        return True
    if not isinstance(node, ast.Name):
        return False
    given = [one.value for one in before if isinstance(one, ast.Assign) and node.id in bound(one)]
    return node.id.lower() in RATES or (bool(given) and all(isinstance(one, ast.Constant) for one in given))


def _at_the_top(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a file, those under `if __name__ == "__main__"` in its place."""
    for one in statements:
        if isinstance(one, ast.If) and any(_is(part, "__name__") for part in ast.walk(one.test)):
            yield from one.body
        else:
            yield one


def _trains(loop: Loop, around: Sequence[ast.stmt]) -> bool:
    return _moves(loop.body, around) or any(isinstance(one, Loop) and _trains(one, around) for one in loop.body)


def _moves(body: Sequence[ast.stmt], before: Sequence[ast.stmt]) -> bool:
    """Tell whether it moves a name by what it computes itself.

    Or each of several in a loop over them.
    """
    known = {name for one in before for name in bound(one)}
    own = {name for one in body for name in bound(one)}
    for one in updates_in(body):
        if one.name in known and any(isinstance(part, ast.Name) and part.id in own for part in ast.walk(one.by)):
            return True
    inner = [one for one in body if isinstance(one, ast.For) and isinstance(one.iter, ast.Call) and _is_zip(one.iter)]
    return any(update.name in bound(one.target) for one in inner for update in updates_in(one.body))


def _is_zip(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("zip", "enumerate")


def _left_at_once(loop: Loop) -> ast.stmt:
    """Return a loop that is left when its variables have their first values."""
    head = copy.copy(loop)
    head.body, head.orelse = [ast.copy_location(ast.Break(), loop)], []
    return head


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
