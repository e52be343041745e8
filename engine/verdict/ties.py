"""Equal entries of which a maximum picks one: who has the gradient is a choice, and the learner's own is right.

handgrad gives it to the first, as an argmax does; `torch.amax` shares it evenly. Any shares between 0 and 1 that add
up to 1 are a subgradient. The truth that everything is checked against is that of the learner's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..arrays.edges import Bools, Edge, Floats
from ..arrays.operation import ArrayOp, Ties
from ..autodiff import backward_sweep, pass_on
from ..graph import walking
from ..local import local_derivatives
from ..value import Value
from . import entries
from .judge import Verdicts
from .status import CODES, Status
from .targets import UserGradient

Locals: TypeAlias = dict[Value, Sequence[Any]]
NEARLY = 1e-6
"""How nearly shares that were not rounded by hand must add up to the gradient, as a share of it."""
_CLOSE = 1.0 + 1e-9


class Choice(NamedTuple):
    """Another choice than ours.

    Attributes:
        locals: the local derivatives by it.
        nodes: whose entries have the gradient by it.
        expected: the true gradients by it, and
        judged: the verdicts.
    """

    locals: Locals
    nodes: tuple[Value, ...]
    expected: list[Any]
    judged: Verdicts


def choice(
    order: list[Value],
    truths: tuple[list[Any], list[Any]],
    written: Mapping[int, UserGradient],
    judged: Verdicts,
    judge: Callable[[list[Any], Locals], Verdicts],
) -> Choice | None:
    """Return the choice that a learner's numbers follow, None for ours or where there is none.

    Args:
        order: the nodes in backward order.
        truths: autodiff's gradients, and those that numbers are checked against; others say nothing of another choice.
        written: as of `judge.judge`.
        judged: the verdicts by our choice.
        judge: (true gradients, chosen local derivatives) -> the verdicts by these.
    """
    ours = _tied(order)
    fewest, best = _off(judged), None
    if not ours or not fewest[1] or not all(map(_is_near, *truths)):
        return None
    for shares in (_first, _even, _last):
        chosen = _as_written(order, written, {node: [shares(node, ours[node])] for node in ours}, ours)
        moved = [node for node in ours if _is_moved(node, chosen[node][0])]
        if not moved:
            continue
        with walking:
            for node in order:
                node._scratch = 0.0
            backward_sweep(order[0], order, chosen=chosen)
            expected = [node._scratch for node in order]
        found = judge(expected, chosen)
        if _off(found) < fewest:
            fewest = _off(found)
            best = Choice(chosen, tuple(node.operands[0] for node in moved), expected, found)
    return best


def _is_near(one: Any, other: Any) -> bool:
    return one is other or bool((np.abs(one - other) <= NEARLY * np.abs(other)).all())


def _tied(order: Sequence[Value]) -> dict[Value, Bools]:
    """Return the nodes that pick one of several equal entries, and which these are."""
    picked = ((node, tied(node)) for node in order)
    return {node: is_tied for node, is_tied in picked if is_tied is not None and is_tied.any()}


def tied(node: Value) -> Bools | None:
    """Return which entries of its operand are equal to others of which it picks one.

    None where it picks none.
    """
    if not isinstance(node.op, ArrayOp) or node.op.ties is None:
        return None
    ties = _ties(node)
    found: Bools = ties.is_equal & (ties.total(ties.is_equal * 1.0) > 1.0)
    return found


def _off(judged: Verdicts) -> tuple[int, int]:
    """Return how many numbers are WRONG, and how many are not right."""
    codes = [np.ravel(CODES[one] if isinstance(one, Status) else one) for one in judged.statuses.values()]
    every = np.concatenate(codes) if codes else np.zeros(0)
    return int((every == CODES[Status.WRONG]).sum()), int((every != CODES[Status.CORRECT]).sum())


def _is_moved(node: Value, edge: Edge) -> bool:
    return not np.array_equal(edge.coefficient, local_derivatives(node)[0].coefficient)


def _first(node: Value, is_tied: Bools) -> Edge:
    edge: Edge = local_derivatives(node)[0]
    return edge


def _even(node: Value, is_tied: Bools) -> Edge:
    return _shared(node, is_tied, is_tied / np.maximum(_ties(node).total(is_tied * 1.0), 1.0))


def _last(node: Value, is_tied: Bools) -> Edge:
    assert node.op is not None
    (edge,) = node.op._local(np.flip(node.operands[0]._data), np.flip(node._data))
    return _shared(node, is_tied, np.flip(edge.coefficient))


def _shared(node: Value, is_tied: Bools, share: Floats) -> Edge:
    """Return the edge with other shares for the entries that compete."""
    ours = _first(node, is_tied)
    return Edge(ours.spread, np.where(is_tied, share, ours.coefficient))


def _ties(node: Value) -> Ties:
    assert isinstance(node.op, ArrayOp)
    assert node.op.ties is not None
    return node.op.ties(np.asarray(node.operands[0]._data), node._data)


def _as_written(
    order: Sequence[Value], written: Mapping[int, UserGradient], chosen: Locals, tied: Mapping[Value, Bools]
) -> Locals:
    """Return the shares that are written.

    At an array that is filled in, what is left of it without its other uses.
    """
    chain: dict[Value, Any] = dict.fromkeys(order, 0.0)
    chain[order[0]] = 1.0
    for place, node in enumerate(order):
        number = written[place].number if place in written else None
        for consumer in tied if number is not None else ():
            if consumer.operands[0] is node and node.shape:
                passed = chain[consumer] * chosen[consumer][0]
                left = number - (chain[node] - passed)
                share = _share(consumer, tied[consumer], chosen[consumer][0], chain[consumer], left, written[place])
                chosen[consumer] = [_shared(consumer, tied[consumer], share)]
                chain[node] = chain[node] - passed + chain[consumer] * chosen[consumer][0]
        if number is not None:
            chain[node] = entries.fill_blanks(number, chain[node]) if node.shape else number
        pass_on(node, chain[node], chosen.get(node) or local_derivatives(node), chain)
    return chosen


def _share(node: Value, is_tied: Bools, usual: Edge, upstream: Any, left: Floats, written: UserGradient) -> Floats:
    """Return the shares that a learner gave to the entries that compete.

    They are the usual ones where they may be, and where what is written does not add up to the gradient. A number
    stands for an interval, so that what was read as a share is one only where no sum of sizes is 0.
    """
    to_each, total = Edge(usual.spread, np.ones(is_tied.shape)), _ties(node).total
    sign, whole = np.sign(upstream * to_each), np.abs(upstream * to_each)
    half = np.where(is_tied, entries.half_digits(written.number), 0.0)
    near = (NEARLY + written.precision) * whole + entries.half_digits(np.asarray(upstream)) * to_each
    with np.errstate(all="ignore"):
        sizes = np.where(is_tied, left * sign, 0.0)
        off = whole - total(sizes)
        is_other = is_tied & ~(np.abs(sizes - whole * usual.coefficient) <= half * _CLOSE + near)
        is_no_share = is_tied & (sizes < -near - total(half))
        fits = is_tied & (np.abs(off) <= near + total(half)) & (total(is_no_share * 1.0) == 0.0)
        sizes = np.clip(sizes + off * _part_of(half, total), 0.0, whole)  # within the interval of each
        is_read = fits & (total(is_other * 1.0) > 0.0) & (total(sizes) > 0.0)
        return np.where(is_read, _part_of(sizes, total), usual.coefficient)


def _part_of(sizes: Floats, total: Callable[[Any], Any]) -> Floats:
    """Return each entry as a share of all that compete with it.

    0 where these are all 0.
    """
    return np.divide(sizes, total(sizes), out=np.zeros(sizes.shape), where=total(sizes) > 0.0)
