"""Their graph in nodes of ours: the truth to hold their gradients to, and what a picture shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import array
from ...arrays.amounts import is_finite, shape_of
from ...arrays.opaque import root_with_gradient
from ...errors import NotFiniteError
from ...manual import manual
from ...value import Value
from .pullbacks import fitted

if TYPE_CHECKING:
    from .graph import Graph
    from .operations import Operation


class Mirror:
    """Their graph in nodes of ours.

    Attributes:
        root: where backward starts: the node that stands for their root, or where that is no single number the sum of
            its entries, each times the gradient that their backward starts with.
    """

    root: Value

    def __init__(self, graph: Graph, operations: Mapping[int, Operation], names: Mapping[int, str]) -> None:
        """Make it.

        Args:
            operations: of each node that is no leaf, by its id.
            names: of their nodes that are to have one, by their ids.

        Raises:
            NotFiniteError: a node holds nan or an infinity.
        """
        engine = graph.engine
        self._of_theirs: dict[int, Value] = {}
        self._theirs: dict[Value, Any] = {}
        with manual():
            for node, grad in zip(graph.order, engine.grads(graph.order)):
                data, name = engine.data(node), names.get(id(node), "")
                if not is_finite(data):
                    raise NotFiniteError(data, f"probe: the data of {name or type(node).__name__}")
                operands = [self._of_theirs[id(operand)] for operand in graph[node].operands]
                if operands and id(node) in operations:
                    made = operations[id(node)].truth(graph[node]).apply(operands)
                    made.label = name
                else:
                    made = array(data, label=name)
                made.grad = fitted(grad, data)
                self._of_theirs[id(node)] = made
                self._theirs[made] = node
            self.root = self._of_theirs[id(graph.root)]
            if self.root.shape:
                held = engine.grad(graph.root)
                seed = held if held is not None and shape_of(held) == self.root.shape else np.ones(self.root.shape)
                self.root = root_with_gradient(self.root, seed)
                self.root.grad = 1.0

    def __getitem__(self, node: Any) -> Value:
        """The node of ours that stands for one of theirs."""
        return self._of_theirs[id(node)]

    def get(self, node: Any) -> Value | None:
        return self._of_theirs.get(id(node))

    def theirs(self, node: Value) -> Any:
        """The node of theirs that one of ours stands for; None for a constant, which is none of theirs."""
        return self._theirs.get(node)
