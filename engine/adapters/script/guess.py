"""Which names of a script are gradients, which is the loss, and where the way back begins."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..numpy.naming import matched
from .flow import bound, dependent, parts, reads
from .loop import Turn, updates_in, without_rate

LOSSES = ("loss", "total_loss", "cost", "J", "L", "train_loss", "data_loss", "mse", "nll")


class Seed(NamedTuple):
    """The difference that a way back begins with.

    Attributes:
        output, target: its two sides.
        sign: 1 where the target is taken from the output, -1 where it is the other way round.
        node: the whole.
        at: the statement that it stands in.
        generators: of the comprehension that it stands in; () for none.
    """

    output: ast.expr
    target: ast.expr
    sign: int
    node: ast.expr
    at: ast.stmt
    generators: tuple[ast.comprehension, ...] = ()


def gradients_in(turn: Turn) -> dict[str, str]:
    """Find the gradients by the names of their parameters.

    As they stand there: a name, or what a parameter is moved by.
    """
    known = turn.known
    own = list(dict.fromkeys(name for one in turn.body for name in bound(one)))
    found: dict[str, str] = {}
    for name in own:
        of = matched(name, [one for one in known if one != name])
        if of is not None and of not in own[: own.index(name)]:
            found.setdefault(of, name)
    for update in updates_in(turn.body):
        by = without_rate(update.by, turn.before)
        if update.name in known and update.name not in found and reads(by) & set(own):
            found[update.name] = ast.unparse(by)
    return {of: text for of, text in found.items() if _is_used(of, turn)}


def _is_used(name: str, turn: Turn) -> bool:
    """Tell whether it counts for anything but its own new value.

    A parameter does, and a running sum does not.
    """
    own = {id(one.statement) for one in updates_in(turn.body) if one.name == name}
    functions = [one for one in turn.before if isinstance(one, (ast.FunctionDef, ast.ClassDef))]
    return any(name in reads(one) for one in [*turn.body, *functions] if id(one) not in own)


def loss_in(turn: Turn) -> str:
    """Return the name of the loss, by itself or by the function that gives it.

    "" for none.
    """
    own = list(dict.fromkeys(name for one in turn.body for name in bound(one)))
    given = [one for one in turn.body if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)]
    by_call = [name for one in given if _says_loss(called_in(one.value)) for name in bound(one)[:1]]
    usual = [name for name in LOSSES if name in own]
    return next(iter([*usual, *filter(_says_loss, own), *by_call]), "")


def _says_loss(name: str) -> bool:
    return name in LOSSES or name.lower().endswith(("loss", "cost", "entropy"))


def called_in(node: ast.AST) -> str:
    """Return the last name of what is called; "" for no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def seed_in(turn: Turn, gradients: Mapping[str, str]) -> Seed | None:
    """Return the first difference between what depends on the parameters and what does not."""
    moved = dependent(gradients, turn.body)
    return next((seed for one in parts(turn.body) for seed in _differences(one, moved)), None)


def _differences(statement: ast.stmt, moved: set[str]) -> Iterator[Seed]:
    if not isinstance(statement, (ast.Assign, ast.AugAssign)):
        return
    for node, generators in _within(statement.value, ()):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            left, right = reads(node.left), reads(node.right)
            if left & moved and right and not right & moved:
                yield Seed(node.left, node.right, 1, node, statement, generators)
            elif right & moved and left and not left & moved:
                yield Seed(node.right, node.left, -1, node, statement, generators)


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


def line_of(name: str, statements: Sequence[ast.stmt]) -> int:
    """Return the line that gives a name its last value; 0 for none."""
    return max((one.lineno for one in parts(statements) if name in bound(one)), default=0)
