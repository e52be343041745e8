"""Equal entries of which a maximum picks one: who has the gradient is a choice, and the learner's own is right.

handgrad gives it to the first, as an argmax does; `torch.amax` shares it evenly. Any shares between 0 and 1 that add
up to 1 are a subgradient. The truth that everything is checked against is that of the learner's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..amounts import Bools, Floats
from ..arrays.edges import ArrayOp, Edge
from ..autodiff import backward_sweep, pass_on
from ..graph import walking
from ..local import local_derivatives
from ..value import Value
from . import entries
from .judge import Verdicts
from .rounding import CLOSE, UserGradient
from .status import CODES, Status

Locals: TypeAlias = dict[Value, Sequence[Any]]
NEARLY = 1e-6
"""How nearly shares that were not rounded by hand must add up to the gradient, as a share of it."""


class Choice(NamedTuple):
    """Another choice than ours."""

    locals: Locals  # the local derivatives by it
    nodes: tuple[Value, ...]  # whose entries compete
    expected: list[Any]  # the true gradients by it, and
    judged: Verdicts  # the verdicts


def find_choice(
    order: list[Value],
    truths: tuple[list[Any], list[Any]],
    actual: Sequence[Any],
    written: Mapping[int, UserGradient],
    judged: Verdicts,
    judge: Callable[[list[Any], Locals], Verdicts],
) -> Choice | None:
    """Return the choice that a learner's numbers follow, None for ours or where there is none.

    `truths` are autodiff's gradients, and those that numbers are checked against; others say nothing of another choice.
    `judged` are the verdicts by our choice, and `judge` makes those by other true gradients and local derivatives.
    """
    picks = {node: pick for node in order if (pick := _pick(node)) is not None and pick.is_tied.any()}
    fewest, best = _count_off(judged), None
    if not picks or not fewest[1] or not all(map(_is_near, *truths)):
        return None
    for start in range(3):
        usual: Locals = {node: [pick.usual[start]] for node, pick in picks.items()}
        chosen = _read_shares(order, actual, written, usual, picks)
        moved = [node for node, pick in picks.items() if (chosen[node][0].coefficient != pick.ours.coefficient).any()]
        if not moved:
            continue
        with walking:
            for node in order:
                node._scratch = 0.0
            backward_sweep(order[0], order, chosen=chosen)
            expected = [node._scratch for node in order]
        found = judge(expected, chosen)
        if _count_off(found) < fewest:
            fewest = _count_off(found)
            best = Choice(chosen, tuple(node.operands[0] for node in moved), expected, found)
    return best


def _is_near(one: Any, other: Any) -> bool:
    return one is other or bool((np.abs(one - other) <= NEARLY * np.abs(other)).all())


def _count_off(judged: Verdicts) -> tuple[int, int]:
    """Return how many numbers are WRONG with all the digits that they need, and how many are not right."""
    codes = [np.ravel(CODES[one] if isinstance(one, Status) else one) for one in judged.statuses.values()]
    every = np.concatenate(codes) if codes else np.zeros(0)
    rough = sum(int(np.sum(one)) for one in judged.rough.values())
    return int((every == CODES[Status.WRONG]).sum()) - rough, int((every != CODES[Status.CORRECT]).sum())


def tied_entries(node: Value) -> Bools | None:
    """Return which entries of a maximum's operand are equal largest ones; None for another operation."""
    pick = _pick(node)
    return None if pick is None else pick.is_tied


def _pick(node: Value) -> _Pick | None:
    is_pick = isinstance(node.op, ArrayOp) and node.op.ties is not None
    return _Pick(node) if is_pick else None


class _Pick:
    """What a node picks of its operand, and which entries are equal to others there."""

    def __init__(self, node: Value) -> None:
        op: Any = node.op
        self._op, self._numbers = op, (np.asarray(node.operands[0]._data), node._data)
        is_equal, self.total = op.ties(*self._numbers)
        self.ours = local_derivatives(node)[0]
        self.is_tied: Bools = is_equal & (self.total(is_equal * 1.0) > 1.0)

    @cached_property
    def usual(self) -> tuple[Edge, Edge, Edge]:
        """The edges by which the first of the equal entries has all, each an equal share, and the last has all."""
        (flipped,) = self._op._local(*map(np.flip, self._numbers))
        even = self.is_tied / np.maximum(self.total(self.is_tied * 1.0), 1.0)
        return self.ours, self.share(even), self.share(np.flip(flipped.coefficient))

    def share(self, share: Floats) -> Edge:
        """Return the edge with other shares for the entries that compete."""
        return Edge(self.ours.spread, np.where(self.is_tied, share, self.ours.coefficient))


def _read_shares(
    order: Sequence[Value],
    actual: Sequence[Any],
    written: Mapping[int, UserGradient],
    chosen: Locals,
    picks: Mapping[Value, _Pick],
) -> Locals:
    """Return the shares that are written. At an array that is filled in, what is left of it without its other uses."""
    chain: dict[Value, Any] = dict.fromkeys(order, 0.0)
    chain[order[0]] = 1.0
    for place, node in enumerate(order):
        number = written[place].number if place in written else actual[place]
        for consumer, pick in picks.items() if number is not None else ():
            if consumer.operands[0] is node and node.shape:
                rest = chain[node] - chain[consumer] * chosen[consumer][0]
                chosen[consumer] = [_share(pick, chosen[consumer][0], chain[consumer], number - rest, written[place])]
                chain[node] = rest + chain[consumer] * chosen[consumer][0]
        if number is not None:
            chain[node] = entries.fill_blanks(number, chain[node]) if node.shape else number
        pass_on(node, chain[node], chosen.get(node) or local_derivatives(node), chain)
    return chosen


def _share(pick: _Pick, usual: Edge, upstream: Any, left: Floats, written: UserGradient) -> Edge:
    """Return the edge by the shares that a learner gave to the entries that compete.

    They are the usual ones where they may be, and where what is written does not add up to the gradient. A number
    stands for an interval, so that what was read as a share is one only where no sum of sizes is 0.
    """
    is_tied, total = pick.is_tied, pick.total
    to_each = Edge(usual.spread, np.ones(is_tied.shape))
    sign, whole = np.sign(upstream * to_each), np.abs(upstream * to_each)
    decimals = entries.decimals_printed(written.number)
    half = np.where(is_tied, entries.half_digits(written.number, decimals), 0.0)
    near = (NEARLY + written.precision) * whole + entries.half_digits(np.asarray(upstream)) * to_each
    with np.errstate(all="ignore"):
        sizes = np.where(is_tied, left * sign, 0.0)
        off = whole - total(sizes)
        is_other = is_tied & ~(np.abs(sizes - whole * usual.coefficient) <= half * CLOSE + near)
        is_no_share = is_tied & (sizes < -near - total(half))
        fits = is_tied & (np.abs(off) <= near + total(half)) & (total(is_no_share * 1.0) == 0.0)
        sizes = np.clip(sizes + off * _part_of(half, total), 0.0, whole)  # within the interval of each
        is_read = fits & (total(is_other * 1.0) > 0.0) & (total(sizes) > 0.0)
        return pick.share(np.where(is_read, _part_of(sizes, total), usual.coefficient))


def _part_of(sizes: Floats, total: Callable[[Any], Any]) -> Floats:
    """Return each entry as a share of all that compete with it. 0 where these are all 0."""
    return np.divide(sizes, total(sizes), out=np.zeros(sizes.shape), where=total(sizes) > 0.0)
