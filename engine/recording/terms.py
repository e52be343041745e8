"""A graph in columns: its nodes by number, and what only multiplies and adds as sums of products.

A neuron `b + w0*x0 + w1*x1` is four nodes on four levels. Whatever is used once, by a sum, is a part of that sum: so
the neuron is one node, on one level, with the terms (b, 1), (w0, x0) and (w1, x1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ..graph import walking
from ..ops import ADD, MULTIPLY, NEGATE, SUBTRACT
from ..value import Value

Term = tuple[int, int]
"""The numbers of two nodes that are multiplied."""

LINEAR = {op: op._local(*[1.0] * len(op.rule), 1.0) for op in (ADD, SUBTRACT, NEGATE)}
"""Operations that are the sum of their operands, each times its local derivative, which is always the same."""


class Terms(NamedTuple):
    """A graph of numbers, its nodes numbered in topological order.

    Attributes:
        nodes: the nodes; a coefficient of `coefficients` has the number len(nodes) + its place.
        operands: the numbers of each node's operands.
        sums: number of a node -> its terms, for each that is a sum of products and not a part of another.
        coefficients: the factors of terms that are no node.
        level: how many steps after the leaves a node is known; -1 for a part of a sum.
        is_live: whether a node depends on an input.
    """

    nodes: Sequence[Value]
    operands: list[tuple[int, ...]]
    sums: dict[int, list[Term]]
    coefficients: list[float]
    level: list[int]
    is_live: list[bool]

    @property
    def steps(self) -> int:
        """How many steps forward and backward take, level by level and operation by operation."""
        ops = [None if number in self.sums else node.op for number, node in enumerate(self.nodes)]
        return 2 * len(set(zip(self.level, ops)))

    @property
    def products(self) -> int:
        """How many products are added up, forward and backward."""
        return 3 * sum(map(len, self.sums.values()))


def fold_terms(nodes: Sequence[Value], inputs: Collection[Value]) -> Terms:
    """Fold the sums of a graph, whose nodes are given in topological order and numbered."""
    with walking:
        for number, node in enumerate(nodes):
            node._scratch = number
        operands = [tuple([operand._scratch for operand in node.operands]) for node in nodes]
    uses = Counter(chain.from_iterable(operands))
    sums, coefficients = _fold_sums(nodes, operands, uses)
    level = [0] * (len(nodes) + len(coefficients))
    is_live = [False] * len(level)
    chosen = set(inputs)
    for number, (node, row) in enumerate(zip(nodes, operands)):
        is_live[number] = node in chosen or any(map(is_live.__getitem__, row))
        terms = sums.get(number)
        if terms is not None:
            level[number] = 1 + max([max(level[one], level[other]) for one, other in terms])
        elif node.op is MULTIPLY or node.op in LINEAR:
            level[number] = -1
        else:
            level[number] = 1 + max(map(level.__getitem__, row), default=-1)
    return Terms(nodes, operands, sums, coefficients, level, is_live)


def _fold_sums(
    nodes: Sequence[Value], operands: list[tuple[int, ...]], uses: Mapping[int, int]
) -> tuple[dict[int, list[Term]], list[float]]:
    """Return the linear nodes as sums of products, with sums within sums folded into one; and the coefficients."""
    sums: dict[int, list[Term]] = {}
    coefficients: dict[float, int] = {}
    for number, node in enumerate(nodes):
        op = node.op
        if op is MULTIPLY:
            sums[number] = [operands[number]]  # type: ignore[list-item]
            continue
        if op not in LINEAR:
            continue
        terms: list[Term] = []
        for operand, coefficient in zip(operands[number], LINEAR[op]):
            if coefficient == 1.0 and uses[operand] == 1 and operand in sums:
                part = sums.pop(operand)
                if len(part) > len(terms):  # the shorter goes to the longer: a long chain is not copied each time
                    part, terms = terms, part
                terms.extend(part)
                continue
            terms.append((operand, coefficients.setdefault(coefficient, len(nodes) + len(coefficients))))
        sums[number] = terms
    return sums, list(coefficients)
