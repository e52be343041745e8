"""A loss that a turn computes nowhere: a usual one of two arrays of which it takes the difference."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from handgrad.adapters.numpy.gradients import is_target

from .arrays_in_reach import name_of, value_at
from .losses import Loss
from .readings import FORWARD
from .record import Gradient, Record, is_gradient

MOST = 4
"""So many pairs of an output and a target are tried."""


class Meant(NamedTuple):
    """A loss of an output and a target, but for a factor: whether it is a sum or a mean, and which way one goes.

    Attributes:
        said: it, with the names of the two.
        written: it, as an expression of the two.
        is_of: whether it can be of these numbers.
    """

    said: str
    written: str
    is_of: Callable[[Any, Any], bool] = lambda *_: True


def _are_shares(output: Any, target: Any) -> bool:
    return bool(np.all((output > 0) & (output < 1)) and np.all((target >= 0) & (target <= 1)))


def _are_rows(output: Any, target: Any) -> bool:
    sums = [np.asarray(output).sum(axis=axis) for axis in range(np.ndim(output))]
    return _are_shares(output, target) and any(one.size > 1 and np.allclose(one, 1.0) for one in sums)


MEANT = (
    Meant(
        "the cross-entropy of {y} and {t}, entry by entry",
        "-(({t}) * numpy_.log({y}) + (1.0 - ({t})) * numpy_.log(1.0 - ({y}))).sum()",
        _are_shares,
    ),
    Meant("the cross-entropy of {y} and {t}", "-(({t}) * numpy_.log({y})).sum()", _are_rows),
    Meant("half the sum of ({y} - {t})**2", "0.5 * (({y} - {t})**2).sum()"),
)

OF_CLASSES = Meant("the cross-entropy of {y} at [{t}]", "-numpy_.log({y}[{t}]).sum()")


class _Pair(NamedTuple):
    """An output and its target, as they are written, after a statement, and for what they are computed again."""

    output: str
    target: str
    at: int
    line: int
    loop: str = ""


def meant_losses(record: Record, gradients: Sequence[Gradient]) -> Iterator[Loss]:
    """Yield the losses that the gradients of a turn may be of, where it computes none of them."""
    space = {**record.turn.globals, **record.turn.space, **record.left}
    last = max(one.last for one in gradients)
    met: set[tuple[str, str]] = set()
    for pair in (*_written_pairs(record), *_kept_pairs(record, last)):
        output, target = (value_at(one, space) for one in pair[:2])
        if pair[:2] in met or len(met) == MOST or not _is_pair(output, target):
            continue
        met.add((pair.output, pair.target))
        yield from (_loss(pair, one) for one in MEANT if one.is_of(np.asarray(output), np.asarray(target)))
    yield from (_loss(pair, one) for pair in _uncalled_pairs(record) for one in MEANT)
    yield from (_loss(pair, OF_CLASSES) for pair in _class_pairs(record))


def _loss(pair: _Pair, meant: Meant) -> Loss:
    written = meant.written.format(y=f"({pair.output})", t=pair.target)
    value = ast.parse(f"sum([{written} {pair.loop}])" if pair.loop else written, mode="eval").body
    for one in ast.walk(value):
        if isinstance(one, ast.expr):
            one.lineno = one.end_lineno = pair.line
    said = meant.said.format(y=pair.output, t=pair.target)
    return Loss(said, pair.line, value, pair.at, rank=5, is_meant=True)


def _uncalled_pairs(record: Record) -> Iterator[_Pair]:
    """Yield what a method that only goes forward gives of the data that another goes back with, and its target."""
    methods = [one for one in ast.walk(record.turn.tree) if isinstance(one, ast.FunctionDef)]
    ahead = [one.name for one in methods if FORWARD.search(one.name) and len(one.args.args) == 2]
    for at, statement in enumerate(record.turn.statements):
        loop = ""
        if isinstance(statement, ast.For):
            loop = f"for {ast.unparse(statement.target)} in {ast.unparse(statement.iter)}"
        for one in ast.walk(statement):
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and len(one.args) == 2:
                given, target = map(ast.unparse, one.args)
                names = ahead if re.search("(?i)back|bprop", one.func.attr) else []
                for name in names:
                    if name != one.func.attr:
                        output = f"{ast.unparse(one.func.value)}.{name}({given})"
                        yield _Pair(output, target, at - 1, statement.lineno, loop)


def _class_pairs(record: Record) -> Iterator[_Pair]:
    """Yield what has 1 taken away at some classes, and these."""
    for at, one in enumerate(record.turn.statements):
        if not (isinstance(one, ast.AugAssign) and isinstance(one.op, ast.Sub) and ast.unparse(one.value) == "1"):
            continue
        if isinstance(one.target, ast.Subscript):
            yield _Pair(ast.unparse(one.target.value), ast.unparse(one.target.slice), at - 1, one.lineno)


def _is_pair(output: Any, target: Any) -> bool:
    shape = np.shape(output)
    numbers = all(isinstance(one, (np.ndarray, np.generic, float, int)) for one in (output, target))
    if not numbers or np.asarray(output).dtype.kind != "f" or np.asarray(target).dtype.kind not in "fiub":
        return False
    is_alike = shape == np.shape(target) or np.size(output) == np.size(target) == 1
    return is_alike and bool(np.size(output)) and not np.array_equal(output, target)


def _written_pairs(record: Record) -> Iterator[_Pair]:
    """Yield the sides of the differences that stand in a turn's own statements, either way round."""
    moved = {place.path for place in record.moved}
    for at, statement in enumerate(record.turn.statements):
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr)):
            for one in ast.walk(statement):
                is_of_data = isinstance(one, ast.BinOp) and not all(
                    _reads(side, moved) for side in (one.left, one.right)
                )
                if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and is_of_data:
                    output, target = sorted((ast.unparse(one.left), ast.unparse(one.right)), key=_is_given)
                    yield _Pair(output, target, at - 1, one.lineno)


def _reads(side: ast.expr, moved: Collection[str]) -> bool:
    """Return whether it reads a parameter: of two that do, none is a target."""
    return any(ast.unparse(one) in moved for one in ast.walk(side) if isinstance(one, ast.expr))


def _is_given(text: str) -> bool:
    return is_target(name_of(text))


def _is_output(path: str) -> bool:
    return not (_is_given(path) or is_gradient(path))


def _kept_pairs(record: Record, last: int) -> Iterator[_Pair]:
    """Yield what a turn has computed with what a function subtracts from it, and then with what is called a target."""
    subtracted = {
        (_last(one.left), _last(one.right))
        for one in ast.walk(record.turn.tree)
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub)
    }
    targets = record.turn.places(record.left, _is_data)
    outputs = [(path, at) for path, at in record.changed.items() if at[0] <= last and _is_output(path)]
    pairs = [(path, at, target) for path, at in reversed(outputs) for target in targets if path != target]
    for is_written in (True, False):
        for path, places, target in pairs:
            names = name_of(path), name_of(target)
            if (names in subtracted or names[::-1] in subtracted) if is_written else _is_given(target):
                at = places[-1] if places[-1] <= last else places[0]
                yield _Pair(path, target, at, record.turn.statements[at].lineno)


def _is_data(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and bool(value.ndim)


def _last(node: ast.expr) -> str:
    return name_of(ast.unparse(node))
