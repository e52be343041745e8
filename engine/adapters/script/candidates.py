"""What a script computes that may be its loss, where no name says so."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from .flow import bound, dependent, feeding, parts, reads
from .guess import called_in, line_of, loss_in
from .lift import Lift
from .loop import Turn, updates_in

LOSS = "loss_{}"
"""What an expression is called that may be the loss."""
MOST = 4
_LIKE_A_LOSS = frozenset({"log", "log1p", "log2", "abs", "fabs", "absolute", "square", "norm", "maximum", "max"})
_NO_SLOPE = frozenset({"str", "float", "int", "bool", "round", "repr", "format", "rint", "argmax", "argmin"})


class Loss(NamedTuple):
    """What may be the loss.

    Attributes:
        name: of the variable.
        text: as it stands in the script.
        line: where.
        lift: where it is an expression without a name.
        is_said: whether its name says so.
    """

    name: str
    text: str
    line: int
    lift: Lift | None = None
    is_said: bool = False


def named_loss(name: str, turn: Turn) -> Loss:
    """Return the variable that is the loss."""
    return Loss(name, name, line_of(name, turn.body), is_said=True)


def losses_in(turn: Turn, gradients: Mapping[str, str]) -> list[Loss]:
    """Return the likeliest losses first.

    What is called so, else what nothing else needs: variables, and what is printed or kept.
    """
    said = loss_in(turn)
    if said:
        return [named_loss(said, turn)]
    names = _Names(turn, gradients)
    variables = [Loss(name, name, line_of(name, turn.body)) for name in names.summed()]
    return [*variables, *names.shown([one.name for one in variables])][:MOST]


class _Names:
    def __init__(self, turn: Turn, gradients: Mapping[str, str]) -> None:
        self._turn, self._parameters = turn, set(gradients)
        self._own = list(dict.fromkeys(name for one in turn.body for name in bound(one)))
        updates = [one for one in updates_in(turn.body) if one.name in gradients]
        moving = {id(one.statement) for one in updates}
        still = [one for one in turn.body if id(one) not in moving]
        wanted = set(gradients.values()) & set(self._own)
        steps = {name for one in updates for name in reads(one.by)}
        self._moved = dependent(gradients, still)
        self._later = dependent(wanted, still) if wanted else set()
        self._needed = feeding(wanted | steps, still)
        first = min((turn.body.index(one.statement) for one in updates), default=len(turn.body))
        self._before = turn.body[:first]
        """The weights are still those that the gradients are of."""

    def summed(self) -> Iterator[str]:
        """Yield variables of which each value may have a slope, the last one first."""
        own = {name for one in self._before for name in bound(one)}
        for name in reversed(self._own):
            if name in own and name in self._moved - self._later - self._needed - self._parameters:
                given = [one for one in parts(self._before) if name in bound(one)]
                values = [one.value for one in given if isinstance(one, (ast.Assign, ast.AugAssign))]
                is_sum = any(isinstance(one, ast.AugAssign) and isinstance(one.op, (ast.Add, ast.Sub)) for one in given)
                is_like = is_sum or any(_is_like_a_loss(one, ()) for one in values)
                if len(values) == len(given) and all(map(_has_a_slope, values)) and is_like:
                    yield name

    def shown(self, sums: Collection[str]) -> Iterator[Loss]:
        """Yield what is given to `print`, or to `append`, without a name."""
        for anchor, call in _calls(self._before):
            for value in [*call.args, *(one.value for one in call.keywords)]:
                for node in _with_slopes(value):
                    if self._may_be(node, sums):
                        name = LOSS.format(node.lineno)
                        yield Loss(name, ast.unparse(node), node.lineno, Lift(name, node, anchor))

    def _may_be(self, node: ast.expr, sums: Collection[str]) -> bool:
        read = reads(node)
        others = read & {*self._turn.known, *self._own} - self._parameters
        return bool(read & self._moved and others) and not read & self._later and _is_like_a_loss(node, sums)


def _calls(statements: list[ast.stmt]) -> Iterator[tuple[ast.stmt, ast.Call]]:
    """Yield the calls that stand alone, each with the statement that it can be computed before.

    It is to be computed in every iteration, not only now and then.
    """
    for one in statements:
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            yield one, one.value
        elif isinstance(one, (ast.For, ast.While, ast.With)):
            yield from _calls(one.body)
        elif isinstance(one, ast.If):
            own = {name for part in one.body for name in bound(part)}
            yield from ((one, call) for _, call in _calls(one.body) if not reads(call) & own)


def _with_slopes(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the largest expressions in one that have a slope."""
    if isinstance(node, (ast.Constant, ast.Name)):
        return
    if _has_a_slope(node):
        yield node
    elif not isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.Lambda)):
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.expr):
                yield from _with_slopes(one)


def _has_a_slope(value: ast.expr) -> bool:
    """Tell whether it is no text, no decision and no rounded number."""
    for one in ast.walk(value):
        if isinstance(one, (ast.Compare, ast.JoinedStr, ast.FormattedValue)) or called_in(one) in _NO_SLOPE:
            return False
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            return False
    return True


def _is_like_a_loss(value: ast.expr, sums: Collection[str]) -> bool:
    return any(
        (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Pow))
        or (isinstance(one, ast.Name) and one.id in sums)
        or called_in(one) in _LIKE_A_LOSS
        for one in ast.walk(value)
    )
