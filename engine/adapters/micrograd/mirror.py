"""A graph in nodes of ours: the truth to compare its gradients with, and what a picture shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays import array
from ...arrays.amounts import is_finite, shape_of
from ...arrays.opaque import root_with_gradient
from ...comparator import compare
from ...errors import NotFiniteError
from ...gradients import gradients
from ...manual import manual
from ...rulecheck.exercise import Truth, measured_truth, true_for
from ...rulecheck.query import Asked
from ...rulecheck.rule import Answer, Rule
from ...value import Value
from ...verdict.comparison import Comparison
from .operations import Operations, Point
from .walks import fitted

RTOL, MEASURED, COARSE = 1e-6, 1e-5, 1e-3


class Mirror:
    """The graph at a point, in nodes of ours.

    Attributes:
        root: where backward starts: the node that stands for the user's, or where that is no single number the sum of
            its entries, each times the gradient that the user's backward starts with.
        base: the user's gradients compared with the truth.
        unknown: the places of the nodes whose operation is not known.
        judgeable: the places of the nodes whose gradient can be checked.
    """

    def __init__(
        self, point: Point, operations: Operations, names: Mapping[int, str], asked: Sequence[int], grads: Sequence[Any]
    ) -> None:
        """Make the nodes, and compare their gradients with the truth.

        Args:
            names: of the nodes that are to have one, by their places.
            asked: the places of the nodes that want a gradient.
            grads: the gradients of the nodes.

        Raises:
            NotFiniteError: a node holds nan or an infinity.
        """
        graph, data = point.graph, point.data
        self.point, self._operations, self.unknown = point, operations, set[int]()
        self._nodes: dict[int, Value] = {}
        self.places: dict[Value, int] = {}
        below: set[int] = set()
        with manual():
            for place in graph.order:
                name = names.get(place, "")
                if not is_finite(data[place]):
                    raise NotFiniteError(data[place], f"probe: the data of {name or type(point.nodes[place]).__name__}")
                made = self._made(place)
                made.label, made.grad = name, fitted(grads[place], data[place])
                self._nodes[place] = made
                self.places[made] = place
            self.root = self._nodes[graph.root]
            if self.root.shape:
                held = grads[graph.root]
                seed = held if held is not None and shape_of(held) == self.root.shape else np.ones(self.root.shape)
                self.root = root_with_gradient(self.root, seed)
                self.root.grad = 1.0
        for place in reversed(graph.order):
            if place in self.unknown or place in below:
                below.update(graph.parents[place])
        self.judgeable = [place for place in asked if place not in below]
        rtol = COARSE if point.is_coarse else RTOL
        if any(map(operations.is_measured, graph.order)):
            rtol = max(rtol, MEASURED)
        nodes = [one for place in self.judgeable if (one := self._nodes[place]).grad is not None]
        self.base: Comparison = compare(self.root, nodes=nodes, rtol=rtol, typed=False)

    def _made(self, place: int) -> Value:
        graph, data = self.point.graph, self.point.data
        parents = graph.parents[place]
        if not parents:
            return array(data[place])
        truth = self.truth(place)
        if truth is None:
            self.unknown.add(place)
            truth = measured_truth(
                graph.name(place), data[place], [None] * len(parents), [data[one] for one in parents]
            )
        return truth.apply([self._nodes[one] for one in parents])

    def __getitem__(self, place: int) -> Value:
        return self._nodes[place]

    def name(self, place: int) -> str:
        """Return what a node is called."""
        return self.base.names[self._nodes[place]]

    def truth(self, place: int) -> Truth | None:
        """Return what an operation is; None where that is not known."""
        return self._operations.truth(place, self.point)

    def is_at_a_kink(self, place: int) -> bool:
        """Tell whether an operation is at a kink, where either slope is right."""
        return self._operations.is_at_a_kink(place, self.point)

    def asked(self, place: int, upstream: Any, given: Sequence[Any]) -> Asked:
        """Return what an operation has passed on as a rule that was asked."""
        parents, data = self.point.graph.parents[place], self.point.data
        first: dict[int, int] = {}
        twins = {which: seen for which, one in enumerate(parents) if (seen := first.setdefault(one, which)) < which}
        names = [self.base.names.phrase(self._nodes[one]) for one in parents]
        inputs = [data[one] for one in parents]
        name = self.base.names.phrase(self._nodes[place])
        rule = Rule(name, inputs, data[place], lambda *_: Answer(given), names=names, twins=twins)
        return Asked(rule, upstream, tuple(given), (True,) * len(parents), (), self.point.is_coarse)

    def gradients(self, preset: Sequence[Any] | None = None) -> dict[int, Any]:
        """Return what each gradient has to be, by place.

        What `preset` says stood there when the walk began is in it.
        """
        if preset is None:
            true = gradients(self.root)
            return {place: true[node] for place, node in self._nodes.items()}
        graph = self.point.graph
        found = {place: preset[place] for place in graph.order}
        for place in reversed(graph.order):
            parents = graph.parents[place]
            given = (self.expected(place, found[place]) or []) if parents else []
            for which, amount in enumerate(given):
                if parents.index(parents[which]) == which:
                    found[parents[which]] = found[parents[which]] + amount
        return found

    def expected(self, place: int, upstream: Any) -> list[Any] | None:
        """Return what an operation has to pass on.

        Of two operands that are one, the first has the whole of it.
        """
        data, truth = self.point.data[place], self.truth(place)
        upstream = fitted(upstream, data)
        if truth is None or upstream is None or shape_of(upstream) != shape_of(data):
            return None
        return true_for(self.asked(place, upstream, [None] * len(self.point.graph.parents[place])), truth)
