"""What the gradients of a script may be of: a loss that it computes, or one that is meant by a difference."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .cut import Lift
from .flow import binds, dependent, feeding, parts, reads
from .loop import Seed, Turn, called_in, line_of, updates_in

MOST = 4
OUTPUT, TARGET = "output_", "target_"
"""What both sides of a difference are called."""

_LOSSES = ("loss", "total_loss", "cost", "J", "L", "train_loss", "data_loss", "mse", "nll")
_LIKE_A_LOSS = frozenset({"log", "log1p", "log2", "abs", "fabs", "absolute", "square", "norm", "maximum", "max"})
_NO_SLOPE = frozenset({"str", "float", "int", "bool", "round", "repr", "format", "rint", "argmax", "argmin"})


class Loss(NamedTuple):
    """What may be the loss: a variable, or an expression without a name that is lifted out.

    Attributes:
        text, line: as it stands in the script, and where.
        is_said: whether its name says so.
    """

    name: str
    text: str
    line: int
    lift: Lift | None = None
    is_said: bool = False


def named_loss(name: str, turn: Turn, *, is_said: bool = True) -> Loss:
    """Return the variable that is the loss."""
    return Loss(name, name, line_of(name, turn.body), is_said=is_said)


def losses_in(turn: Turn, gradients: Mapping[str, str]) -> list[Loss]:
    """Return the likeliest losses first.

    What is called so, else what nothing else needs: variables, and what is printed or kept.
    """
    given = [one for one in turn.body if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)]
    by_call = [name for one in given if _says_loss(called_in(one.value)) for name in binds(one)[:1]]
    usual = [name for name in _LOSSES if name in turn.own]
    for name in [*usual, *filter(_says_loss, turn.own), *by_call]:
        return [named_loss(name, turn)]
    names = _Names(turn, gradients)
    sums = list(names.sums())
    return [*(named_loss(name, turn, is_said=False) for name in sums), *names.printed_losses(sums)][:MOST]


def _says_loss(name: str) -> bool:
    return name in _LOSSES or name.lower().endswith(("loss", "cost", "entropy"))


class _Names:
    """What the names of an iteration are for, as far as it shows in how they depend on one another."""

    def __init__(self, turn: Turn, gradients: Mapping[str, str]) -> None:
        self._turn, self._parameters = turn, set(gradients)
        updates = [one for one in updates_in(turn.body) if one.name in gradients]
        moving = {id(one.statement) for one in updates}
        still = [one for one in turn.body if id(one) not in moving]
        wanted = set(gradients.values()) & set(turn.own)
        steps = {name for one in updates for name in reads(one.by)}
        self._moved = dependent(gradients, still)
        self._later = dependent(wanted, still) if wanted else set()
        self._needed = feeding(wanted | steps, still)
        first = min((turn.body.index(one.statement) for one in updates), default=len(turn.body))
        self._before = turn.body[:first]  # the weights are still those that the gradients are of

    def sums(self) -> Iterator[str]:
        """Yield variables of which each value may have a slope, the last one first."""
        free = self._moved - self._later - self._needed - self._parameters
        for name in reversed(self._turn.own):
            given = [one for one in parts(self._before) if name in binds(one)] if name in free else []
            added = [one for one in given if isinstance(one, ast.AugAssign)]
            values = [one.value for one in given if isinstance(one, (ast.Assign, ast.AugAssign))]
            is_sum = any(isinstance(one.op, (ast.Add, ast.Sub)) for one in added)
            is_like = is_sum or any(_is_like_a_loss(one, ()) for one in values)
            if given and len(values) == len(given) and all(map(_has_a_slope, values)) and is_like:
                yield name

    def printed_losses(self, sums: Collection[str]) -> Iterator[Loss]:
        """Yield what is given to `print`, or to `append`, without a name."""
        for anchor, call in _calls(self._before):
            for value in [*call.args, *(one.value for one in call.keywords)]:
                for node in _differentiable_parts(value):
                    if self._may_be(node, sums):
                        name = f"loss_{node.lineno}"
                        yield Loss(name, ast.unparse(node), node.lineno, Lift(name, node, anchor))

    def _may_be(self, node: ast.expr, sums: Collection[str]) -> bool:
        read = reads(node)
        others = read & {*self._turn.known_names, *self._turn.own} - self._parameters
        return bool(read & self._moved and others) and not read & self._later and _is_like_a_loss(node, sums)


def _calls(statements: list[ast.stmt]) -> Iterator[tuple[ast.stmt, ast.Call]]:
    """Yield the calls that stand alone, each with the statement that it can be computed before in every iteration."""
    for one in statements:
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            yield one, one.value
        elif isinstance(one, (ast.For, ast.While, ast.With)):
            yield from _calls(one.body)
        elif isinstance(one, ast.If):
            own = {name for part in one.body for name in binds(part)}
            yield from ((one, call) for _, call in _calls(one.body) if not reads(call) & own)


def _differentiable_parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the largest expressions in one that have a slope."""
    if isinstance(node, (ast.Constant, ast.Name)):
        return
    if _has_a_slope(node):
        yield node
    elif not isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.Lambda)):
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.expr):
                yield from _differentiable_parts(one)


def _has_a_slope(value: ast.expr) -> bool:
    """Tell whether it is no text, no decision and no rounded number."""
    return not any(
        isinstance(one, (ast.Compare, ast.JoinedStr, ast.FormattedValue))
        or called_in(one) in _NO_SLOPE
        or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in ast.walk(value)
    )


def _is_like_a_loss(value: ast.expr, sums: Collection[str]) -> bool:
    return any(
        (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Pow))
        or (isinstance(one, ast.Name) and one.id in sums)
        or called_in(one) in _LIKE_A_LOSS
        for one in ast.walk(value)
    )


class Meant(NamedTuple):
    """A loss whose gradient begins with (output - target), so many times.

    Attributes:
        said: it, with the names of the two sides.
        of: of both sides the loss.
        is_of: whether it can be of these numbers.
    """

    times: float
    said: str
    of: Callable[[Any, Any], Any]
    is_of: Callable[[Any, Any], bool] = lambda *_: True


def _are_shares(output: Any, target: Any) -> bool:
    return bool(np.all((output > 0) & (output < 1)) and np.all((target >= 0) & (target <= 1)))


def _are_rows(output: Any, target: Any) -> bool:
    sums = [np.asarray(output).sum(axis=axis) for axis in range(np.ndim(output))]
    return _are_shares(output, target) and any(one.size and np.allclose(one, 1.0) for one in sums)


MEANT = (
    Meant(1.0, "half the sum of ({output} - {target})**2", lambda y, t: 0.5 * np.sum((y - t) ** 2)),
    Meant(
        1.0,
        "the cross-entropy of {output} and {target}, entry by entry",
        lambda y, t: -np.sum(t * np.log(y) + (1.0 - t) * np.log(1.0 - y)),
        _are_shares,
    ),
    Meant(1.0, "the cross-entropy of {output} and {target}", lambda y, t: -np.sum(t * np.log(y)), _are_rows),
    Meant(2.0, "the sum of ({output} - {target})**2", lambda y, t: np.sum((y - t) ** 2)),
)
"""The likeliest first; the last where no other loss is computed that has another factor."""


@dataclass(frozen=True)
class Meaning:
    """What the gradients may be of: a loss of the script, or one that begins with its difference.

    Attributes:
        loss: of the script; None for none.
        seed: the difference; None where it is the script's loss that is meant.
        meant: which loss of it.
        is_shared: whether that, or what a loop computes again and again, is divided by the number of examples.
    """

    loss: Loss | None
    seed: Seed | None = None
    meant: Meant | None = None
    is_shared: bool = False

    @property
    def lifts(self) -> list[Lift]:
        """Return what of it has no name in the script."""
        if self.seed is None:
            return [] if self.loss is None or self.loss.lift is None else [self.loss.lift]
        sides = ((OUTPUT, self.seed.output), (TARGET, self.seed.target))
        return [Lift(name, value, self.seed.at, self.seed.generators) for name, value in sides]

    @property
    def goals(self) -> list[str]:
        """Return the names that it is computed from."""
        return [one.name for one in self.lifts] or ([] if self.loss is None else [self.loss.name])

    def compute_loss(self, names: Mapping[str, Any]) -> Any:
        """Return the loss of what the forward has left; None where the numbers cannot be those of one like it."""
        if self.seed is None or self.meant is None:
            return self._own(names)
        sides = [names[name] for name in (OUTPUT, TARGET)]
        is_many = isinstance(sides[0], list)
        pairs = list(zip(*sides)) if is_many else [(sides[0], sides[1])]
        for y, t in (map(np.asarray, pair) for pair in pairs):
            if np.shape(y) != np.shape(y - t) or not self.meant.is_of(y, t):
                return None
        count = len(pairs) if is_many else (np.shape(sides[0]) or (1,))[0]
        if not count or (self.is_shared and count == 1):
            return None
        total = sum(self.meant.of(*pair) for pair in pairs)
        return self.seed.sign * total / (count if self.is_shared else 1)

    def _own(self, names: Mapping[str, Any]) -> Any:
        assert self.loss is not None
        value = names.get(self.loss.name)
        values: list[Any] = value if self.loss.lift is not None and isinstance(value, list) else [value]
        if any(one is None or np.size(one) != 1 for one in values) or len(values) <= self.is_shared:
            return None
        return sum(np.sum(one) for one in values) / (len(values) if self.is_shared else 1)

    def remark(self, body: Sequence[ast.stmt], *, is_right: bool) -> str:
        """Return what was taken for the loss, where no name says it; "" where one does.

        Args:
            body: of the loop.
            is_right: whether the gradients are those of it.
        """
        loss = self.loss
        if self.seed is None or self.meant is None:
            assert loss is not None
            mean = "The mean of " if self.is_shared else ""
            said = f"{mean}{loss.text} (line {loss.line}) was taken for the loss. --loss names another."
            return "" if loss.is_said else said
        output, target = ast.unparse(self.seed.output), ast.unparse(self.seed.target)
        is_many = self.seed.at not in body or bool(self.seed.generators)
        ends = [*(["of all examples together"] * is_many), *(["divided by their number"] * self.is_shared)]
        whole = ", ".join([self.meant.said.format(output=output, target=target), *ends])
        if loss is not None and is_right:
            return f"The gradients are those of {whole}, and not of {loss.text} (line {loss.line})."
        downhill = f" As {ast.unparse(self.seed.node)} has it, they point downhill." if self.seed.sign < 0 else ""
        none, it = "The script computes no loss", "it"
        if loss is not None:
            none, it = f"The gradients are not those of {loss.text} (line {loss.line})", "the loss"
        return f"{none}: {whole}{',' if ends else ''} was taken for {it}.{downhill} --loss names another."
