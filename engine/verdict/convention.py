"""A constant that is applied once, at the leaves: a convention of many courses, and no mistake.

Where the loss is a mean over m examples, some write the gradients of every interior node without the 1/m and divide
by m only at the parameters. Each interior node is then off by m, and every parameter right. One number off by a factor
looks alike, so it takes evidence: several interior nodes, on every way from the mean to the leaves, and a factor that
is the count of the examples that the mean is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import prod
from typing import Any

from ..loading import np
from ..local import local_derivatives
from ..names import Names
from ..number import one_line, whole_numbers_of
from ..value import Value
from . import entries, sentences
from .judge import all_of
from .rounding import UserGradient, reach_of
from .status import Status

LARGEST = 1_000_000
NEARLY = 1e-6
"""How exactly every interior node must be off by one factor, as a share of it."""
_LINEAR = frozenset({"+", "-", "neg", "sum", "mean", "reshape", "squeeze"})
"""Operations between the terms of a loss and the loss, beside the products with constants."""


def forgive(
    order: Sequence[Value],
    actual: Sequence[Any],
    written: Mapping[int, UserGradient],
    expected: Sequence[Any],
    statuses: list[Any],
    names: Names,
) -> str:
    """Call CORRECT what is off by a convention alone, and return what is to be said of it; "" where there is none.

    `written` was read of some of the `actual`.
    """
    for place, status in enumerate(statuses):
        # One right number of an interior node is enough to say that there is none.
        if _is_right(status) and place and not order[place].is_leaf and _size(expected[place]):
            return ""
    numbers = dict(enumerate(actual)) | {place: one.number for place, one in written.items()}
    asked = zip(numbers.items(), statuses)
    numbers = {place: one for (place, one), status in asked if one is not None and status is not Status.SKIPPED}
    leaves = [place for place in numbers if order[place].is_leaf and _size(expected[place])]
    interior = [place for place in numbers if place and not order[place].is_leaf and _size(expected[place])]
    are_right = all(_is_right(statuses[place]) for place in numbers if order[place].is_leaf)
    if not leaves or len(interior) < 2 or not are_right:
        return ""
    factor = round(_ratio(numbers[interior[0]], expected[interior[0]]))
    if not 2 <= factor <= LARGEST:
        return ""
    if any(_size(numbers[place] - factor * expected[place]) > NEARLY * _size(numbers[place]) for place in interior):
        return ""
    off = {order[place] for place in interior}
    known = {order[place] for place in leaves}
    means = loss_means(order, factor)
    if off & _below(order, [order[0]], means) or known & _below(order, means, off):
        return ""
    if not _is_a_sum_of(means, factor) and not any(_counts_examples(order, node, factor, known) for node in off):
        return ""
    for place in interior:
        statuses[place] = all_of(Status.CORRECT, order[place].shape)
    return sentences.convention([one_line(names[order[place]]) for place in interior], factor)


def _is_right(status: Any) -> bool:
    return (status if isinstance(status, Status) else entries.gravest(status)) is Status.CORRECT


def _size(numbers: Any) -> float:
    return abs(numbers) if isinstance(numbers, float) else float(abs(numbers).max(initial=0.0))


def _ratio(numbers: Any, expected: Any) -> float:
    """Return how many times the expected gradient the numbers are, of an array as fitted; 0.0 for too large a one."""
    if isinstance(numbers, float):
        return numbers / expected
    ratio = float((numbers * expected).sum() / (expected * expected).sum())
    return ratio if abs(ratio) < 2.0 * LARGEST else 0.0


def counts(order: Sequence[Value]) -> set[int]:
    """Return what a mean of the graph is taken over: of `mean` itself, or as a factor 1/n or a division by n."""
    return {count for node in order for count in _mean_counts(node)}


def _mean_counts(node: Value) -> set[int]:
    if str(node.op) == "mean":
        return {prod(node.operands[0].shape) // max(prod(node.shape), 1)}
    factors = node.operands if str(node.op) in ("*", "/") else ()
    return {n for each in factors if each.is_constant and not each.shape for n in whole_numbers_of(each.data)}


def loss_means(order: Sequence[Value], factor: int) -> set[Value]:
    """Return the nodes that divide by `factor`, between the terms of the loss and the loss."""
    tail, found = {order[0]}, set()
    for node in (each for each in order if each in tail):  # which grows as it is walked
        is_scaled = str(node.op) in ("*", "/") and any(operand.is_constant for operand in node.operands)
        if factor in _mean_counts(node):
            found.add(node)
        if is_scaled or str(node.op) in _LINEAR:
            tail.update(operand for operand in node.operands if not operand.is_constant)
    return found


def _below(order: Sequence[Value], start: Iterable[Value], stop: set[Value]) -> set[Value]:
    """Return what `start` is computed from on ways through none of `stop`, these included where they are met."""
    found = set(start)
    for node in order:
        if node in found and node not in stop:
            found.update(node.operands)
    return found


def _is_a_sum_of(means: Iterable[Value], count: int) -> bool:
    """Tell whether so many numbers are added up and divided, in one place, or each by itself."""
    divided = [operand for node in means for operand in node.operands if not operand.is_constant]
    if any(operand.shape for operand in divided):
        return False
    return len(divided) == count or (len(divided) == 1 and sum(1 for _ in addends(divided[0])) == count)


def addends(total: Value) -> Iterator[Value]:
    """Yield what a chain of additions adds up, constants apart."""
    waiting = [total]
    while waiting:
        node = waiting.pop()
        if str(node.op) == "+" or (str(node.op) == "neg" and node is total):
            waiting.extend(node.operands)
        elif not node.is_constant:
            yield node


def _counts_examples(order: Sequence[Value], node: Value, factor: int, leaves: set[Value]) -> bool:
    """Tell whether some axes of an array have `factor` entries together, and one of them is an axis of examples."""
    axes = [axis for axis, length in enumerate(node.shape) if length > 1]
    some = (chosen for count in range(1, len(axes) + 1) for chosen in combinations(axes, count))
    fitting = {axis for chosen in some if prod(node.shape[axis] for axis in chosen) == factor for axis in chosen}
    return any(_is_of_examples(order, node, axis, leaves) for axis in sorted(fitting))


def _is_of_examples(order: Sequence[Value], node: Value, axis: int, leaves: set[Value]) -> bool:
    """Tell whether each place along an axis has a part in the same leaf entries, as a row of X @ W has in W.

    Each column has a column of W to itself: what is divided by their count is no mean over examples.
    """
    length = node.shape[axis]
    places = np.broadcast_to(np.ogrid[tuple(map(slice, node.shape))][axis], node.shape)
    first, last = (_reach(order, node, places == at) for at in (0, length - 1))
    both = [(first[leaf], last[leaf]) for leaf in leaves if leaf in first and leaf in last]
    return not any(np.any(b) and not np.any(a & b) and np.sum(a) * length == np.size(a) for a, b in both)


def _reach(order: Sequence[Value], node: Value, touched: Any) -> dict[Value, Any]:
    """Return which entries of what an array is computed from a gradient at some of its entries reaches."""
    found: dict[Value, Any] = {node: touched}
    for consumer in order[order.index(node) :]:
        if consumer in found:
            for operand, local in zip(consumer.operands, local_derivatives(consumer)):
                found[operand] = found.get(operand, False) | reach_of(found[consumer], local)
    return found
