"""The true gradients of a traced graph, and what the chain rule makes of the user's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.amounts import is_finite
from ...autodiff import sweep
from ...gradients import gradients
from ...graph import consumers, topological_order
from ...local import local_derivatives
from ...value import Value
from ...verdict.ties import tied

Numbers = Mapping[Value, Any]

MOST_USES = 24
"""Of a node with more uses, what each of them passes back is not told apart."""

_KINKED = {"maximum", "minimum"}


class Chain:
    """A graph with its true gradients.

    Attributes:
        root: where backward starts.
        order: its nodes in backward order.
        truth: the true gradient of each.
        uses: of each node, as (consumer, which operand of it).
    """

    def __init__(self, root: Value) -> None:
        self.root = root
        self.order = topological_order(root)[::-1]
        self.uses = consumers(self.order[::-1])
        self._locals: dict[Value, Sequence[Any]] = {}
        self._nodes = set(self.order)
        # Nobody writes into these: where an operation only moves numbers they are views, where `gradients` copies.
        truth: Numbers = self.with_given({})
        if not all(map(is_finite, truth.values())):
            truth = gradients(root)
        self.truth = {node: np.broadcast_to(truth.get(node, 0.0), node.shape) for node in self.order}

    def __contains__(self, node: Any) -> bool:
        return node in self._nodes

    def locals_of(self, node: Value) -> Sequence[Any]:
        if node not in self._locals:
            self._locals[node] = local_derivatives(node)
        return self._locals[node]

    def with_given(self, given: Numbers) -> dict[Value, Any]:
        """Return the gradient that arrives at each node.

        The given numbers are passed on in place of what arrives.
        """
        sums: dict[Value, Any] = dict.fromkeys((node for node in self.order if not node.is_constant), None)
        sums[self.root] = 1.0

        def passed(node: Value, arrived: Any) -> Any:
            return _shaped(given[node], node) if node in given else arrived

        sweep(self.order, sums, passed, self.locals_of)
        return {node: np.asarray(number) for node, number in sums.items() if number is not None}

    def below(self, node: Value) -> set[Value]:
        """Return the nodes that a gradient goes on to from a node."""
        found: set[Value] = set()
        waiting = [node]
        for one in waiting:  # it grows as it is walked
            for other in one.operands:
                if not other.is_constant and other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def contributions(self, node: Value, gradient_of: Numbers) -> list[Any]:
        """Return what each use of a node passes back, and the running sums.

        The sums run from either end.
        """
        uses = self.uses[node]
        if not 1 < len(uses) <= MOST_USES:
            return []
        parts = [
            np.asarray(_shaped(gradient_of[consumer], consumer) * self.locals_of(consumer)[place])
            for consumer, place in uses
            if consumer in gradient_of
        ]
        found = list(parts)
        for some in (parts, parts[::-1]):
            total = some[0] if some else 0.0
            for part in some[1:-1]:
                total = total + part
                found.append(total)
        return found

    def ties(self, node: Value) -> Any:
        """Return the entries at which a use of the node has a kink; None for none.

        More than one number is a slope there.
        """
        found: Any = None
        for consumer, place in self.uses[node]:
            at = _tie(consumer, place, node)
            if at is not None and at.any():
                found = at if found is None else found | at
        return found


def _shaped(gradient: Any, node: Value) -> Any:
    return np.reshape(gradient, node.shape) if node.shape else float(np.ravel(gradient)[0])


def _tie(consumer: Value, place: int, node: Value) -> Any:
    if str(consumer.op) in _KINKED:
        equal = np.equal(node.data, consumer.operands[1 - place].data)
        return equal if equal.shape == node.shape else None
    return np.equal(node.data, 0.0) if str(consumer.op) == "abs" else tied(consumer)
