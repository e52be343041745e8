"""`replay`: a graph recorded once, and run again with other numbers in its leaves."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..amounts import Floats
from ..arrays.edges import ArrayOp
from ..errors import DomainError, ManualModeError, NotANodeError, NotInGraphError, NotOneNumberError
from ..graph import is_node, topological_order
from ..manual import Mode, require_gradients
from ..memory import big_graph
from ..names import Names, name_of
from ..value import Value
from .call_data import Reader, Sets
from .errors import BranchWarning, RecordingError
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


class Replayed(NamedTuple):
    """What a run gives.

    Attributes:
        value: the root's number: a float, or for a batch an array of shape (sets,).
        gradients: d root / d input, in the order of the inputs: an array of shape (inputs,), or for a batch (sets,
            inputs). Where an input is an array of numbers, a list with an array for each input: of the input's
            shape, or for a batch (sets, *that shape).
    """

    value: Any
    gradients: Any


class Recording:
    """A recorded graph: call it with numbers for its inputs; `replay` makes it.

    It may be called from several threads.

    Attributes:
        root: the root of the graph.
        inputs: the leaves that take other data, in their order.
    """

    def __init__(self, root: Value, inputs: Sequence[Value], order: Sequence[Value]) -> None:
        self.root = root
        self.inputs = tuple(inputs)
        self._order, self._reader = order, Reader(self.inputs)
        self._by_hand = next((node for node in order if node.is_manual and not node.is_constant), None)
        self._holds_arrays = any(node.shape or isinstance(node.op, ArrayOp) for node in order)
        self._levels: Levels | None = None
        self._tape: Tape | None = None
        if not self._holds_arrays:
            terms = fold_terms(order, self.inputs)
            self._steps, self._products = terms.steps, terms.products
            if self._is_wide(sets=1):
                self._levels = Levels(terms, self.inputs)

    def __call__(self, *values: Any) -> Replayed:
        """Run the graph with these numbers; no node's data or grad changes.

        Args:
            values: finite real numbers for the inputs: one argument for each, or a list of them, or a mapping of
                inputs, or their labels, to numbers, which leaves the others at their data; without an argument all
                stand at their data. A batch is an array of shape (sets, inputs), or where inputs are given one by
                one, arrays of shape (sets,) for some. An input that is an array takes one of its shape, or for a
                batch (sets, *its shape).

        Returns:
            `value` and `gradients`, float64.

        Raises:
            InputShapeError: there are too few or too many, or one has another shape.
            UnknownInputError: a mapping names what is no input, or a label of several.
            NotANumberError, NotFiniteError: something is no finite real number.
            DomainError: an operation has no finite value or derivative there.
            ByHandError: this runs where the gradients are to be computed by hand.
        """
        require_gradients()
        data, is_batch = self._reader.read(values)
        value, gradients = self._run(data)
        if is_batch:
            return Replayed(value, gradients)
        return Replayed(float(value[0]), gradients[0] if self._reader.is_numbers else [g[0] for g in gradients])

    def backward(self) -> float:
        """Run the graph on the inputs' own data and add to their grad, as `root.backward()`.

        Only the inputs' grad changes, so a step of training is `optimizer.zero_grad()`, this, `optimizer.step()`.

        Returns:
            The root's number.

        Raises:
            ManualModeError: a node of the graph was made in manual mode.
            DomainError: an operation has no finite value or derivative there; no grad is changed.
            ByHandError: this runs where the gradients are to be computed by hand.

        Examples:
            >>> from handgrad import Value, replay
            >>> w = Value(1.0, "w")
            >>> step = replay((w - 3.0) ** 2, inputs=[w])
            >>> for _ in range(20):
            ...     w.grad = 0.0
            ...     loss = step.backward()
            ...     w.data -= 0.25 * w.grad
            >>> f"{w.data:.4f}"
            '3.0000'
        """
        if self._by_hand is not None:
            require_gradients()
            names = Names(self.root)
            raise ManualModeError(names[self.root], names[self._by_hand])
        value, gradients = self()
        for node, gradient in zip(self.inputs, gradients.tolist() if self._reader.is_numbers else gradients):
            node.grad = gradient if node.grad is None else node.grad + gradient
        return float(value)

    def _run(self, data: Sets) -> tuple[Floats, Sets]:
        """Return the root's data and the inputs' gradients.

        Returns:
            Shape (sets,), and the gradients in the shape of `data`.

        Raises:
            DomainError: an operation has no finite value or derivative in one of the sets.
            ByHandError: this runs where the gradients are to be computed by hand.
        """
        sets = len(data[0] if isinstance(data, list) else data)
        if isinstance(data, list):
            listed = [[one[place] if one.ndim > 1 else float(one[place]) for one in data] for place in range(sets)]
            values, rows = self._node_by_node(listed, range(sets), sets)
            by_input = [[row[place] for row in rows] for place in range(len(data))]
            return np.array(values), [np.array(g, dtype=float).reshape(d.shape) for g, d in zip(by_input, data)]
        fast = self._fast(sets)
        if fast is None:
            value, gradients, are_done = np.empty(sets), np.empty(data.shape), np.zeros(sets, dtype=bool)
        else:
            value, gradients, are_done = fast.run(data)
        # Again in Python's floats, where something is not finite: that raises the error that names the node, or finds
        # that it matters to nobody.
        (lost,) = (~are_done).nonzero()
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
                self._levels = Levels(fold_terms(self._order, self.inputs), self.inputs)
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
                self._tape = Tape(self._order, self.inputs)
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

    def __repr__(self) -> str:
        names = ", ".join(name_of(node) for node in self.inputs[:8])
        return f"Recording(root={name_of(self.root)}, inputs=[{names}{', ...' if len(self.inputs) > 8 else ''}])"


def replay(root: Value, inputs: Iterable[Value] | None = None) -> Recording:
    """Record the graph of `root`, to run it with other data for value and gradients.

    What is recorded is the graph, not the program that made it: a loop is as long as it was, and where the program
    chose between two branches by the data of its nodes, the branch taken then is taken again. Where nodes were
    compared, a `BranchWarning` says so; of a comparison of plain numbers (`x.data > 0`) nothing is known. Write
    `x.relu()`, `abs(x)` or `x.maximum(y)`, which are operations and are recorded.

    Args:
        root: where backward starts; it holds one number.
        inputs: the leaves that take other data, and whose gradients are asked for; without them all leaves but the
            bare numbers of expressions, in topological order. They may hold arrays of numbers.

    Returns:
        A `Recording`: call it with numbers. The other leaves stand at the data that they have at each call.

    Raises:
        NotAValueError, NotANodeError: `root` or an input is no node.
        NotOneNumberError: `root` is an array.
        RecordingError: an input is not a leaf, or is given twice, or there is none.
        NotInGraphError: the root does not depend on an input.
        ByHandError: this runs where the gradients are to be computed by hand.

    Examples:
        >>> from handgrad import Value, replay
        >>> x, w = Value(2.0, "x"), Value(-3.0, "w")
        >>> recorded = replay((x * w).tanh() + x**2, inputs=[x, w])
        >>> value, gradients = recorded([0.5, 1.0])
        >>> f"{value:.4f}", gradients.round(4).tolist()
        ('0.7121', [1.7864, 0.3932])
        >>> recorded([[0.5, 1.0], [0.0, 1.0], [1.0, 0.0]]).gradients.round(4).tolist()
        [[1.7864, 0.3932], [1.0, 0.0], [2.0, 1.0]]
    """
    require_gradients()
    with big_graph():  # the columns of a graph are as many objects as its nodes
        order = topological_order(root)
        if root.shape:
            raise NotOneNumberError(Names(root)[root], root.shape)
        leaves = (node for node in order if node.is_leaf and not node.is_constant)
        if inputs is not None and (is_node(inputs) or not isinstance(inputs, Iterable)):
            raise RecordingError(f"the inputs are {inputs!r:.60}", "Give a list of leaves: inputs=[x, w].")
        chosen = list(leaves if inputs is None else inputs.ravel() if isinstance(inputs, np.ndarray) else inputs)
        _check(chosen, root, set(order))
        recording = Recording(root, chosen, order)
    compared = [name_of(node) for node in order if node._mode is Mode.COMPARED]
    if compared:
        warnings.warn(BranchWarning(", ".join(compared[:3]) + (", ..." if len(compared) > 3 else "")), stacklevel=2)
    return recording


def _check(inputs: list[Value], root: Value, nodes: set[Value]) -> None:
    """Refuse inputs that are no leaves of the graph, or are given twice."""
    if not inputs:
        raise RecordingError("there is no input", "Give one leaf or more that the root was computed from.")
    places: dict[Value, int] = {}
    for place, node in enumerate(inputs):
        if not is_node(node):
            raise NotANodeError(node, "replay(root, inputs=[{}])")
        if node in places:
            raise RecordingError(f"{name_of(node)} is given twice, at {places[node]} and {place}", "Give it once.")
        places[node] = place
        if node not in nodes:
            raise NotInGraphError(name_of(node), Names(root)[root], "replay(root, inputs=...)")
        if not node.is_leaf:
            raise RecordingError(
                f"{name_of(node)} is computed by '{node.op}', so it has no data of its own to be given",
                "Give leaves; to begin at this node, build the graph from a new leaf, Value(node.data).",
            )
