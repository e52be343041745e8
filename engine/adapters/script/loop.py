"""The loop of a script that trains, what comes before its first iteration, and what of it may be a gradient."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from ..numpy.gradients import RATES, match_name
from .flow import binds, dependent, parts, reads

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
    def known_names(self) -> list[str]:
        """Return the names that are there before it."""
        return _names(self.before)

    @property
    def own(self) -> list[str]:
        """Return the names that it gives a value, in their order."""
        return _names(self.body)


class Update(NamedTuple):
    """A statement that moves a parameter by something; the sign is 1 where that is added, -1 where it is subtracted."""

    name: str
    by: ast.expr
    sign: int
    statement: ast.Assign | ast.AugAssign


class Seed(NamedTuple):
    """The difference that a way back begins with, in a comprehension with its generators.

    The sign is 1 where the target is taken from the output, -1 where it is the other way round.
    """

    output: ast.expr
    target: ast.expr
    sign: int
    node: ast.expr
    at: ast.stmt
    generators: tuple[ast.comprehension, ...] = ()


def _names(statements: Sequence[ast.stmt]) -> list[str]:
    return list(dict.fromkeys(name for one in statements for name in binds(one)))


def turn_of(tree: ast.Module) -> Turn:
    """Find the iteration of the innermost loop that moves what was there before; else what follows the parameters."""
    before: list[ast.stmt] = []
    body = list(_top_level_statements(tree.body))
    while True:
        found = next((one for one in body if isinstance(one, Loop) and _trains(one, [*before, *body])), None)
        if found is None:
            return _split_after_parameters([*before, *body])
        head = copy.copy(found)  # it is left when its variables have their first values
        head.body, head.orelse = [ast.copy_location(ast.Break(), found)], []
        before = [*before, *body[: body.index(found)], head]
        if _moves(found.body, before):
            return Turn(before, found.body)
        body = found.body


def _split_after_parameters(statements: Sequence[ast.stmt]) -> Turn:
    """Split a script without a loop after its parameters.

    These are what has a gradient, by the names, and is not computed from others that have one.
    """
    own = _names(statements)
    pairs = {match_name(name, own[: own.index(name)]) for name in own} - {None}
    inner = {name for name in pairs for one in statements if name in binds(one) and reads(one) & pairs - {name}}
    places = [place for place, one in enumerate(statements) if (pairs - inner) & set(binds(one))]
    first = min(places, default=-1)
    last = next((place for place in reversed(places) if not list(updates_in([statements[place]]))), first)
    return Turn(list(statements[: last + 1]), list(statements[last + 1 :]))


def updates_in(statements: Sequence[ast.stmt]) -> Iterator[Update]:
    """Yield what moves a name: `W -= step`, `W = W - step`."""
    for one in statements:
        target: ast.expr
        if isinstance(one, ast.AugAssign):
            target, op, by = one.target, one.op, one.value
        elif isinstance(one, ast.Assign) and isinstance(one.value, ast.BinOp) and len(one.targets) == 1:
            target, op, by = one.targets[0], one.value.op, one.value.right
            if not isinstance(target, ast.Name) or not _is(one.value.left, target.id):
                continue
        else:
            continue
        if isinstance(target, ast.Name) and isinstance(op, (ast.Add, ast.Sub)):
            yield Update(target.id, by, 1 if isinstance(op, ast.Add) else -1, one)


def moved_in_part(turn: Turn) -> Iterator[tuple[str, int]]:
    """Yield the parameters of which only some entries are moved, as they stand there, `W[rows]`, and the line."""
    for one in turn.body:
        if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Subscript):
            moved = one.target.value
            is_parameter = isinstance(moved, ast.Name) and moved.id in turn.known_names and moved.id not in turn.own
            if is_parameter and reads(one.value) & set(turn.own):
                yield ast.unparse(one.target), one.lineno


def strip_rate(value: ast.expr, before: Sequence[ast.stmt]) -> ast.expr:
    """Return what a parameter is moved by, without the step in front.

    A sign goes too, or, where no step has a name, a number.
    """
    while True:
        if isinstance(value, ast.UnaryOp):
            value = value.operand
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
            first, *rest = _strip_steps(_factors(value), before)
            for one in rest:
                first = _replace_left(first, ast.copy_location(ast.BinOp(first, ast.Mult(), one), one))
            if rest:
                return first
            value = first
        elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.MatMult, ast.Div)):
            left = strip_rate(value.left, before)
            return value if left is value.left else _replace_left(left, value)
        else:
            return value


def _strip_steps(factors: list[ast.expr], before: Sequence[ast.stmt]) -> list[ast.expr]:
    """Return the factors without the steps at both ends; a number beside one with a name is none."""
    steps = [one for one in factors if _is_rate(one, before)]
    steps_only = [one for one in steps if not isinstance(_strip_sign(one), ast.Constant)] or steps
    front = list(takewhile(lambda one: one in steps, factors))
    first = max((place + 1 for place, one in enumerate(front) if one in steps_only), default=0)
    last = len(factors) - (factors[-1] in steps_only)
    return factors[first:last] or factors[-1:]


def _factors(value: ast.expr) -> list[ast.expr]:
    """Return the factors of a product, and of the product that it begins with."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        return [*_factors(value.left), value.right]
    return [value]


def _replace_left(left: ast.expr, value: ast.BinOp) -> ast.BinOp:
    """Return a product, or a quotient, that begins later in the text than it did."""
    made = ast.BinOp(left, value.op, value.right)
    made.lineno, made.col_offset = left.lineno, left.col_offset
    made.end_lineno, made.end_col_offset = value.end_lineno, value.end_col_offset
    return made


def _strip_sign(node: ast.expr) -> ast.expr:
    return node.operand if isinstance(node, ast.UnaryOp) else node


def _is_rate(node: ast.expr, before: Sequence[ast.stmt]) -> bool:
    node = _strip_sign(node)
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.Constant)
    pairs = [pair for one in before if isinstance(one, ast.Assign) for pair in _assignments(one)]
    given = [value for target, value in pairs if _is(target, node.id)]
    return node.id.lower() in RATES or (bool(given) and all(isinstance(one, ast.Constant) for one in given))


def _assignments(statement: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target with its value, those of `a, b = 1, 2` one by one."""
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            yield from zip(target.elts, statement.value.elts)
        else:
            yield target, statement.value


def _top_level_statements(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a file, those under `if __name__ == "__main__"` in its place."""
    for one in statements:
        is_main = isinstance(one, ast.If) and any(_is(part, "__name__") for part in ast.walk(one.test))
        yield from one.body if isinstance(one, ast.If) and is_main else [one]


def _trains(loop: Loop, around: Sequence[ast.stmt]) -> bool:
    return _moves(loop.body, around) or any(isinstance(one, Loop) and _trains(one, around) for one in loop.body)


def _moves(body: Sequence[ast.stmt], before: Sequence[ast.stmt]) -> bool:
    """Tell whether it moves a name by what it computes itself, or each of several in a loop over them."""
    known, own = set(_names(before)), set(_names(body))
    if any(one.name in known and reads(one.by) & own for one in updates_in(body)):
        return True
    calls = [(one, one.iter.func) for one in body if isinstance(one, ast.For) and isinstance(one.iter, ast.Call)]
    inner = [one for one, called in calls if _is(called, "zip") or _is(called, "enumerate")]
    return any(update.name in binds(one.target) for one in inner for update in updates_in(one.body))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def gradients_in(turn: Turn) -> dict[str, str]:
    """Find the gradients by the names of their parameters, as they stand: a name, or what a parameter is moved by."""
    known, own = turn.known_names, turn.own
    found: dict[str, str] = {}
    for name in own:
        of = match_name(name, [one for one in known if one != name])
        if of is not None and of not in own[: own.index(name)]:
            found.setdefault(of, name)
    for update in updates_in(turn.body):
        by = strip_rate(update.by, turn.before)
        if update.name in known and update.name not in found and reads(by) & set(own):
            found[update.name] = ast.unparse(by)
    return {of: text for of, text in found.items() if _is_used(of, turn)}


def _is_used(name: str, turn: Turn) -> bool:
    """Tell whether it counts for anything but its own new value: a parameter does, and a running sum does not."""
    own = {id(one.statement) for one in updates_in(turn.body) if one.name == name}
    functions = [one for one in turn.before if isinstance(one, (ast.FunctionDef, ast.ClassDef))]
    return any(name in reads(one) for one in [*turn.body, *functions] if id(one) not in own)


def seed_in(turn: Turn, gradients: Mapping[str, str]) -> Seed | None:
    """Return the first difference between what depends on the parameters and what does not."""
    moved = dependent(gradients, turn.body)
    return next((seed for one in parts(turn.body) for seed in _differences(one, moved)), None)


def _differences(statement: ast.stmt, moved: set[str]) -> Iterator[Seed]:
    if isinstance(statement, (ast.Assign, ast.AugAssign)):
        for node, generators in _within(statement.value, ()):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                for output, target, sign in ((node.left, node.right, 1), (node.right, node.left, -1)):
                    if reads(output) & moved and reads(target) and not reads(target) & moved:
                        yield Seed(output, target, sign, node, statement, generators)


def _within(
    node: ast.expr, generators: tuple[ast.comprehension, ...]
) -> Iterator[tuple[ast.expr, tuple[ast.comprehension, ...]]]:
    """Yield the expressions in one, each with what it is computed for again and again."""
    yield node, generators
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield from _within(node.elt, (*generators, *node.generators))
    elif not isinstance(node, (ast.Lambda, ast.SetComp, ast.DictComp)):
        for one in ast.iter_child_nodes(node):
            yield from _within(one.value if isinstance(one, ast.keyword) else one, generators)  # type: ignore[arg-type]


def called_in(node: ast.AST) -> str:
    """Return the last name of what is called; "" for no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def line_of(name: str, statements: Collection[ast.stmt]) -> int:
    """Return the line that gives a name its last value; 0 for none."""
    return max((one.lineno for one in parts(list(statements)) if name in binds(one)), default=0)
