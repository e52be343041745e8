"""What the operations of a graph truly are, and the graph in nodes of ours: the truth to compare its gradients with.

An operation is one of ours that gives the same numbers at all points, or has its slopes measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np

from ... import ops
from ...amounts import alike, is_finite, largest, near, shape_of
from ...autodiff import pass_on
from ...comparator import compare
from ...errors import NotFiniteError
from ...gradients import gradients, root_with_gradient
from ...local import local_derivatives
from ...manual import manual
from ...rulecheck.exercise import TrueForward, leaf_of, measured_truth
from ...rulecheck.slopes import jacobian
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.rounding import precision_of
from ...verdict.status import Status
from ..recognise import Recognised, Sample, find_op, ops_named
from .engine import fit
from .graph import Graph
from .watching import Point

MOST_RUNS = 3_200
"""So many runs measure what no operation is known for."""
LEAST_TELLING = 3
"""By so many numbers an operation is known that has another name, be they what they may."""
RTOL, MEASURED, COARSE = 1e-6, 1e-5, 1e-3
STEP = 1e-4
"""By so large a share the leaves are moved where no operand can be moved alone."""
SMALLEST = 1e-3
"""An entry that is a smaller share of the largest is moved as if it were that: in a sum its own step would be lost."""


class Operations:
    """The operations of a graph; `changed` are the nodes whose data is not what theirs give: it was changed since."""

    def __init__(self, graph: Graph, points: Sequence[Point]) -> None:
        """Recognise the operations of a graph, by its data here and elsewhere."""
        self._graph, self._runs = graph, 0
        self._ours: dict[int, Recognised | None] = {}
        self._slopes_measured = cache(self._measure)
        by_key: dict[Any, list[Recognised]] = {}
        keys = {place: (graph.key(place), len(graph.parents[place])) for place in graph.order if graph.parents[place]}
        for place, key in keys.items():
            tried = by_key.setdefault(key, [])
            found = recognise(graph, place, graph.parents[place], [one.data for one in points], tried)
            tried += [] if found is None or found in tried else [found]
            self._ours[place] = found
        self.is_any_measured = None in self._ours.values()  # and its slopes so off by a little
        self.changed = [
            place
            for place, key in (() if graph.is_built else keys.items())
            if self._ours[place] is None and self._is_known(place, by_key[key])
        ]

    def _is_known(self, place: int, others: Sequence[Recognised]) -> bool:
        """Tell whether an operation is known by its name, or by other nodes that the same function has made."""
        graph = self._graph
        symbol = graph.engine.symbol(graph.made[place].node)
        is_same = bool(others) and bool(symbol or graph.made[place].frames)
        return is_same or bool(ops_named(graph.name(place)) or ops_named(symbol))

    def truth(self, place: int, point: Point, *, is_measured: bool = False) -> TrueForward | None:
        """Return what an operation is at a point, by its slopes if `is_measured`; None where that is not known."""
        graph, ours = self._graph, None if is_measured else self._ours[place]
        if ours is not None and not self.is_at_a_kink(place, point):
            slots = [one if isinstance(one, int) else (graph.constants(place).get(one, one),) for one in ours.slots]
            return TrueForward(ours.op, slots)
        slopes = self._slopes_measured(place, point) if ours is None else self._slopes_passed(place, point)
        inputs = [point.data[one] for one in graph.parents[place]]
        return None if slopes is None else measured_truth(graph.name(place), point.data[place], slopes, inputs)

    def is_at_a_kink(self, place: int, point: Point) -> bool:
        """Tell whether an operation's slopes from two sides differ there: either is right."""
        ours, inputs = self._ours[place], [point.data[one] for one in self._graph.parents[place]]
        if ours is None:
            return False
        op = getattr(ours.op, "scalar", None) or ours.op
        if op in (ops.RELU, ops.ABS) or op.name == "leaky_relu":
            return bool(np.any(np.equal(inputs[0], 0.0)))
        if op not in (ops.MAXIMUM, ops.MINIMUM):
            return False
        return bool(np.any(np.equal(*ours.arguments(inputs, self._graph.constants(place)))))

    def _slopes_passed(self, place: int, point: Point) -> list[Any] | None:
        """Return the slopes by what the rule passes on; None for none."""
        found, upstream = [], point.grads[place]
        for operand in self._graph.parents[place]:
            given = next((one.addend for one in point.writes_to(operand, place)), None)
            if upstream is None or (given is not None and shape_of(upstream) != shape_of(given)):
                return None
            flat = np.equal(upstream, 0.0)
            slope = np.where(flat, 0.0, (0.0 if given is None else given) / np.where(flat, 1.0, upstream))
            found.append(np.diag(slope.ravel()) if np.ndim(slope) else float(slope))
        return found

    def _measure(self, place: int, point: Point) -> list[Any] | None:
        """Return the slopes by running the program with each operand moved; None where it does not let itself."""
        graph, found = self._graph, []
        for operand in graph.parents[place] if graph.is_built else ():
            data = point.data[operand]

            def run(moved: Any, operand: int = operand, data: Any = data) -> Any:
                return graph.rerun({operand: moved - data}, point.data)[place]

            self._runs += 8 * max(1, int(np.size(data)))
            if self._runs > MOST_RUNS:
                return None
            try:
                least = SMALLEST * largest(data)
                slopes, finer = (jacobian(run, data, finer=part, least=least) for part in (1.0, 4.0))
            except Exception:  # whatever their code says of it
                return self._measure_together(place, point)
            if not alike(slopes, finer, 1e-3, 1e-6):  # a kink
                return None
            found.append(slopes)
        return found or None

    def _measure_together(self, place: int, point: Point) -> list[Any] | None:
        """Return the slopes of a number by moving all leaves at random; None where its operands do not move apart."""
        graph, own = self._graph, [*self._graph.parents[place], place]
        leaves = [one for one in graph.order if not graph.parents[one]]
        self._runs += 4 * len(own)
        if self._runs > MOST_RUNS or any(shape_of(point.data[one]) for one in (*own, *leaves)):
            return None

        def run(steps: Any) -> Any:
            graph.program({one: point.moves.get(one, 0.0) + step for one, step in zip(leaves, steps)})
            return np.array([graph.program.data[one] for one in own])

        sizes = [STEP * (abs(point.data[one]) or 1.0) for one in leaves]
        draws = np.random.default_rng(0).normal(size=(2 * len(own), len(leaves)))
        with suppress(Exception):  # whatever their code says of it
            moves, moved = np.split(np.array([run(steps) - run(-steps) for steps in draws * sizes]), [-1], axis=1)
            slopes, _, rank, _ = np.linalg.lstsq(moves, moved, rcond=None)
            if rank == len(slopes) and near(moves @ slopes, moved, 1e-4):
                return slopes.ravel().tolist()
        return None


def recognise(
    graph: Graph, place: int, parents: Sequence[int], points: Sequence[Sequence[Any]], tried: Sequence[Recognised] = ()
) -> Recognised | None:
    """Return the operation of ours that gives the same of these operands, one tried before or another; None for none.

    Args:
        points: the data of all nodes, first where the constants were read.
    """
    held = graph.constants(place).items()
    constants = {name: one for name, one in held if not alike(one, points[0][place], 1e-12)}
    coarse = precision_of(getattr(graph.made[place].node, graph.engine.data_name)) > 0.0
    samples = [Sample(tuple(data[one] for one in parents), data[place], constants, coarse) for data in points]
    found = next((one for one in tried if all(map(one.fits, samples))), None)
    if found is not None:
        return found
    # A number may fit several operations by chance, as 4 fits 2 * 2 and 2 ** 2.
    times = 360.0 * np.ravel(np.asarray(samples[0].output, dtype=float))
    is_plain = len(parents) < 2 and len(times) < LEAST_TELLING and bool(np.all(np.abs(times - np.round(times)) <= 1e-6))
    return find_op(graph.name(place), samples, is_named=len(samples) < 2 and is_plain)


class Mirror:
    """The graph at a point, in nodes of ours, by the places of the user's.

    Attributes:
        root: where backward starts: the node that stands for the user's, or where that is no single number the sum of
            its entries, each times the gradient that the user's backward starts with.
        base: the user's gradients compared with the truth.
        unknown: the nodes whose operation is not known.
        judgeable: those whose gradient can be checked; of these it is `wrong`, or not there.
    """

    def __init__(
        self, point: Point, operations: Operations, names: Mapping[int, str], asked: Sequence[int], grads: Sequence[Any]
    ) -> None:
        """Make the nodes, and compare the gradients of those that want one with the truth.

        Raises:
            NotFiniteError: a node holds nan or an infinity.
        """
        self.graph, data = point.graph, point.data
        self.point, self.operations, self.unknown = point, operations, set[int]()
        graph, below = self.graph, set[int]()
        self.nodes = dict[int, Value]()
        with manual():
            for place in graph.order:
                name = names.get(place, "")
                if not is_finite(data[place]):
                    raise NotFiniteError(data[place], f"probe: the data of {name or type(point.nodes[place]).__name__}")
                made = self.nodes[place] = self._make(place)
                made.label, made.grad = name, fit(grads[place], data[place])
            self.root = self.nodes[graph.root]
            if self.root.shape:
                held = grads[graph.root]
                seed = held if held is not None and shape_of(held) == self.root.shape else np.ones(self.root.shape)
                self.root = root_with_gradient(self.root, seed)
                self.root.grad = 1.0
        for place in reversed(graph.order):
            if place in self.unknown or place in below:
                below.update(graph.parents[place])
        self.judgeable = [place for place in asked if place not in below]
        rtol = COARSE if point.is_coarse else MEASURED if operations.is_any_measured else RTOL
        nodes = [one for place in self.judgeable if (one := self.nodes[place]).grad is not None]
        self.base: Comparison = compare(self.root, nodes=nodes, rtol=rtol, typed=False)
        self.wrong = {
            place
            for place in self.judgeable
            if (one := self.nodes[place]).grad is None or self.base[one].status is Status.WRONG
        }

    def _make(self, place: int) -> Value:
        """Return our node for one of theirs, measured where its operation is unknown."""
        data, parents = self.point.data, self.graph.parents[place]
        if not parents:
            return leaf_of(data[place])
        truth = self.operations.truth(place, self.point)
        if truth is None:
            self.unknown.add(place)
            inputs = [data[one] for one in parents]
            truth = measured_truth(self.graph.name(place), data[place], [None] * len(parents), inputs)
        made = truth.apply([self.nodes[one] for one in parents])
        if np.all(abs(made.data - data[place]) <= RTOL * abs(data[place])):
            return made
        measured = self.operations.truth(place, self.point, is_measured=True)  # numbers cancel in one of the two
        return made if measured is None else measured.apply([self.nodes[one] for one in parents])

    def name(self, place: int) -> str:
        """Return what a node is called."""
        return self.base.names[self.nodes[place]]

    def gradients(self, point: Point) -> dict[int, Any]:
        """Return what each gradient has to be, by place, with what stood there when the walk began in it."""
        if point.preset is None:
            true = gradients(self.root)
            return {place: true[node] for place, node in self.nodes.items()}
        found = {place: point.preset[place] for place in self.graph.order}
        found[self.graph.root] = point.grads[self.graph.root]
        for place in reversed(self.graph.order):
            for operand, amount in (self.pull_back(place, found[place]) or {}).items():
                found[operand] = found[operand] + amount
        return found

    def pull_back(self, place: int, upstream: Any) -> dict[int, Any] | None:
        """Return what an operation has to pass on, by operand; None where that is not known."""
        data = self.point.data[place]
        upstream = fit(upstream, data)
        if place in self.unknown or upstream is None or shape_of(upstream) != shape_of(data):
            return None
        node, parents = self.nodes[place], self.graph.parents[place]
        sums: dict[Value, Any] = {self.nodes[one]: None for one in parents}
        pass_on(node, upstream, local_derivatives(node), sums)
        return {one: sums[self.nodes[one]] for one in parents}
