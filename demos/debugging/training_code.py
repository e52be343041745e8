"""Which loops and functions of a file make a step of training, by their text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from handgrad.adapters.numpy.gradients import RATES, match_name

from .flow import called_in

Body = ast.For | ast.While | ast.FunctionDef | ast.If
"""A loop, a function, or what a file without either does after its parameters."""

LOSS = re.compile(
    r"(?i)loss|cost|entropy|mse|nll|likelihood|error|objective|criterion|energy|hinge|(^|_)(j|err)(_?(hist(ory)?|vals?|list|log))?$"
)

RATE_NAMES = (*RATES, "learn_rate")

_RATE = re.compile(rf"(?i)(^|_)({'|'.join(RATE_NAMES)}|epsilon|stepsize)$")


class TrainingCode:
    """The loops and functions of a file in which parameters are moved, in their own text or in what they call.

    Attributes:
        tree: the file's syntax.
        bodies: these loops and functions.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._functions = [one for one in ast.walk(self.tree) if isinstance(one, ast.FunctionDef)]
        self._moving = self._closure(is_strict=False)
        self._stepping = self._closure(is_strict=True)
        loops = [one for one in ast.walk(self.tree) if isinstance(one, (ast.For, ast.While))]
        self.bodies: list[Body] = [*filter(self._moves, loops), *filter(self._moves, self._functions)]
        self.bodies = self.bodies or _straight_turn(self.tree)

    def steps(self, body: Body) -> bool:
        """Return whether it surely makes a step: something times a rate is taken away, or all is read that is moved."""
        own = [one for one in ast.walk(body) if is_update(one, is_strict=True)]
        return bool(own) or self.calls_step(body) or self._moves_what_it_reads(body)

    def calls_step(self, body: Body) -> bool:
        """Return whether it calls a function that surely makes a step."""
        return bool(_list_calls(body) & self._stepping)

    def has_loss(self, body: Body) -> bool:
        """Return whether something in it is called a loss."""
        # A j that counts is no cost.
        counts = {name for one in ast.walk(body) if isinstance(one, ast.For) for name in bound_by(one)}
        names = {one.id for one in ast.walk(body) if isinstance(one, ast.Name)} - counts
        return any(LOSS.search(one) for one in _list_calls(body) | names)

    def _moves(self, body: Body) -> bool:
        own = any(is_update(one, is_strict=False) for one in ast.walk(body))
        return own or bool(_list_calls(body) & self._moving)

    def _moves_what_it_reads(self, body: Body) -> bool:
        if body not in self.tree.body:
            return False
        moves = [one for one in body.body if isinstance(one, ast.AugAssign)]
        read = {id(one): _names(one) for one in body.body}
        return any(
            isinstance(move.target, ast.Name)
            and any(move.target.id in names for key, names in read.items() if key != id(move))
            and bool(_names(move.value) & _names(ast.Module([one for one in body.body if one is not move], [])))
            and isinstance(move.value, (ast.Call, ast.BinOp))
            for move in moves
        )

    def _closure(self, *, is_strict: bool) -> set[str]:
        found = {
            one.name for one in self._functions if any(is_update(part, is_strict=is_strict) for part in ast.walk(one))
        }
        while True:
            more = {one.name for one in self._functions if _list_calls(one) & found} - found
            if not more:
                return found
            found |= more


def _straight_turn(tree: ast.Module) -> list[Body]:
    """Return what a file without a loop does after it has its parameters: what has a gradient, by the names."""
    given = [(one.id, place) for place, part in enumerate(tree.body) for one in ast.walk(part) if _is_stored(one)]
    names = [name for name, _ in given]
    matched = (match_name(name, names[:at]) for at, name in enumerate(names))
    pairs = {one for one in matched if one is not None}
    moved = {name for name in names if match_name(name, pairs) in pairs}
    # What is computed from one of them is none itself.
    inner = {name for name, at in given for other in pairs - {name} if other in _names(tree.body[at])}
    last = max((place for name, place in given if name in pairs - moved - inner), default=len(tree.body))
    after = tree.body[last + 1 :]
    if not after:
        return []
    turn = ast.copy_location(ast.If(ast.Constant(True), after, []), after[0])
    turn.end_lineno = after[-1].end_lineno
    return [turn]


def _is_stored(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def is_loop(body: Body) -> bool:
    """Return whether it is a loop or a function, in which something may move."""
    return not isinstance(body, ast.If)


def is_update(node: ast.AST, *, is_strict: bool) -> bool:
    """Return whether a statement may move a parameter; if strict, by something times a rate, or by taking away."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Sub, ast.Add)):
        if isinstance(node.value, ast.Constant):
            return False
        return not is_strict or _holds_rate(node.value) or (isinstance(node.op, ast.Sub) and _is_share(node.value))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and _moves(node.targets[0], node.value):
        move = node.value.right
        return not is_strict or _holds_rate(move) or _is_share(move)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Add)):
        return _holds_rate(node.right)
    return False


def _moves(target: ast.expr, value: ast.BinOp) -> bool:
    """Return whether a sum adds something to what it is assigned to, or takes it away."""
    is_sum = isinstance(value.op, (ast.Sub, ast.Add)) and not isinstance(value.right, ast.Constant)
    return is_sum and ast.unparse(target) == ast.unparse(value.left)


def _is_share(value: ast.expr) -> bool:
    """Return whether it is a number times something."""
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div))):
        return False
    return any(isinstance(one, ast.Constant) or _is_share(one) for one in (value.left, value.right))


def rates_given(tree: ast.AST) -> set[float]:
    """Return the numbers that functions of a file are given for a step, as they are written, or take by default."""
    found: set[float] = set()
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
    for function in functions:
        takes = function.args.args
        own = takes[1:] if takes and takes[0].arg == "self" else takes
        defaults = function.args.defaults
        pairs = list(zip([one.arg for one in takes[len(takes) - len(defaults) :]], defaults))
        for call in calls:
            if called_in(call) == function.name:
                pairs += zip([one.arg for one in own], call.args)
                pairs += [(one.arg, one.value) for one in call.keywords if one.arg is not None]
        values = (one.value for name, one in pairs if name in RATE_NAMES and isinstance(one, ast.Constant))
        found |= {float(one) for one in values if isinstance(one, (int, float))}
    return found


def _holds_rate(value: ast.expr) -> bool:
    names = (getattr(one, "id", getattr(one, "attr", None)) for one in ast.walk(value))
    keys = (one.value for one in ast.walk(value) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return any(_RATE.search(one) for one in (*filter(None, names), *keys))


def _list_calls(body: ast.AST) -> set[str]:
    return {called_in(one) for one in ast.walk(body)}


def _names(body: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(body) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def inner_first(bodies: Sequence[Body]) -> Iterator[Body]:
    """Yield the shorter before the longer: what stands in another comes first."""
    yield from sorted(bodies, key=lambda one: (one.end_lineno or one.lineno) - one.lineno)


def bound_by(body: Body) -> set[str]:
    """Return the names that a loop gives a value at the beginning of each turn."""
    target = body.target if isinstance(body, ast.For) else ast.Pass()
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}


def called_body(body: Body) -> str:
    """Return what a person calls a loop or a function."""
    what = body.name if isinstance(body, ast.FunctionDef) else "the loop" if is_loop(body) else "the file"
    return f"{what} (line {body.lineno})"
