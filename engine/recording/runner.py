"""How a recorded graph is run: by levels or node by node, whichever costs less."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..amounts import Floats
from ..arrays.edges import ArrayOp
from ..errors import DomainError
from ..memory import big_graph
from ..value import Value
from .call_data import Sets
from .plan import ROOM, Levels
from .tape import Tape
from .terms import fold_terms

# Nanoseconds, measured; only their ratios matter.
A_STEP = 6000.0
"""Of a level of one operation, there or back, however many nodes and lanes it has."""

A_PRODUCT = 2.0
"""Of a term of a sum, in one lane."""

A_NODE = 200.0
"""Of a node, there and back, where they are run one by one."""

MOST_STEPS = 100_000
"""Each has arrays of its own: of more than these there would be too many."""


class Runner:
    """A recorded graph with the ways to run it.

    Args:
        order: its nodes in topological order.
        inputs: its leaves that take other data.
    """

    def __init__(self, order: Sequence[Value], inputs: Sequence[Value]) -> None:
        self._order, self._inputs = order, inputs
        self._holds_arrays = any(node.shape or isinstance(node.op, ArrayOp) for node in order)
        self._levels: Levels | None = None
        self._tape: Tape | None = None
        if not self._holds_arrays:
            terms = fold_terms(order, inputs)
            self._steps, self._products = terms.steps, terms.products
            if self._is_wide(sets=1):
                self._levels = Levels(terms, inputs)

    def run(self, data: Sets, sets: int) -> tuple[Floats, Sets]:
        """Return the root's data and the inputs' gradients.

        Returns:
            Shape (sets,), and the gradients in the shape of `data`.

        Raises:
            DomainError: an operation has no finite value or derivative in one of the sets.
            ByHandError: this runs where the gradients are to be computed by hand.
        """
        if isinstance(data, list):
            listed = [[one[place] if one.ndim > 1 else float(one[place]) for one in data] for place in range(sets)]
            values, rows = self._node_by_node(listed, range(sets), sets)
            by_input = [[row[place] for row in rows] for place in range(len(data))]
            return np.array(values), [np.array(g, dtype=float).reshape(d.shape) for g, d in zip(by_input, data)]
        fast = self._fast(sets)
        if fast is None:
            value, gradients = np.empty(sets), np.empty(data.shape)
            lost = np.arange(sets)
        else:
            value, gradients, are_finite = fast.run(data)
            # Again in Python's floats, where something is not finite: that raises the error that names the node, or
            # finds that it matters to nobody.
            (lost,) = (~are_finite).nonzero()
        if len(lost):
            values, rows = self._node_by_node(data[lost].tolist(), lost.tolist(), sets)
            value[lost], gradients[lost] = values, rows
        return value, gradients

    def _fast(self, sets: int) -> Levels | None:
        """Return what runs so many sets faster than node by node, or None."""
        if self._holds_arrays or not self._is_wide(sets):
            return None
        if self._levels is None:
            with big_graph():
                self._levels = Levels(fold_terms(self._order, self._inputs), self._inputs)
        return self._levels

    def _is_wide(self, sets: int) -> bool:
        """Return whether the levels are wide enough for NumPy's calls to pay."""
        runs = -(-sets * self._products // ROOM) or 1
        by_levels = runs * self._steps * A_STEP + sets * self._products * A_PRODUCT
        return self._steps <= MOST_STEPS and by_levels < sets * len(self._order) * A_NODE

    def _node_by_node(
        self, sets: Sequence[Sequence[Any]], places: Iterable[int], count: int
    ) -> tuple[list[float], list[list[Any]]]:
        """Return the root's data and the inputs' gradients, set by set."""
        if self._tape is None:
            with big_graph():
                self._tape = Tape(self._order, self._inputs)
        values, gradients = [], []
        for data, place in zip(sets, places):
            try:
                value, found = self._tape.run(data)
            except DomainError as error:
                if count > 1:
                    error.add_note(f"This is set {place} of the batch, counted from 0.")
                raise
            values.append(value)
            gradients.append(found)
        return values, gradients
