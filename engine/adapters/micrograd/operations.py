"""What the operations of a graph truly are: one of ours that gives the same numbers, or their measured slopes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ... import ops
from ...arrays.amounts import alike, is_coarse, is_finite, shape_of
from ...rulecheck.exercise import Truth, measured_truth
from ..recognise import Recognised, Sample, known, named
from .graph import Graph
from .program import UnrepeatedError
from .watching import Watcher

MOST_RUNS = 1_600
"""So many runs measure what no operation is known for."""
MOST_POINTS = 3
LARGE = 400
"""A graph of more nodes is run at one point alone."""
LEAST_TELLING = 3
"""By so many numbers an operation is known that has another name, be they what they may."""


class Point:
    """A program at a point, watched.

    Attributes:
        data, grads: of each node, by its place: when the walk begins, and at the end.
        walk: what was seen.
        left: the places of the nodes that had a gradient before the walk.
        times: how often it began.
        preset: what stood in the gradients when the walk began; None for nothing of ours.
    """

    def __init__(self, graph: Graph, moves: Mapping[int, Any], preset: Sequence[Any] | None = None) -> None:
        """Run the program at the point, and watch it.

        Raises:
            Exception: whatever user code raises, or a value that is not finite.
        """
        program = graph.program
        self.graph, self.moves, self.preset = graph, moves, preset
        root, watcher = watched(graph, moves, preset)
        if len(program.nodes) != len(graph.made) or program.nodes[graph.root] is not root:
            raise UnrepeatedError
        self.nodes, self.data, self.walk, self.left = program.nodes, program.data, watcher.seen, program.left
        self.names, self.times = watcher.names, len(program.roots)
        self.grads = with_whole_root(graph, program.grads, self.data)
        if moves and not all(is_finite(self.data[place]) for place in graph.order):
            raise ValueError("outside of its domain")

    @property
    def is_coarse(self) -> bool:
        """Tell whether the program computes in less than double precision."""
        return any(map(is_coarse, self.grads))


def watched(
    graph: Graph, moves: Mapping[int, Any], preset: Sequence[Any] | None, between: Callable[[], None] = lambda: None
) -> tuple[Any, Watcher]:
    """Run a program and watch it.

    Args:
        preset: what stands in the gradients when the walk begins, and what that begins with; None for nothing of ours.
        between: called when it begins.

    Returns:
        The root, and what was seen.
    """
    watcher = Watcher(graph, None if preset is None else preset[graph.root])

    def begin() -> None:
        watcher.begin()
        between()

    with watcher.watched():
        return graph.program(moves, preset=None if preset is None else preset.__getitem__, between=begin), watcher


def with_whole_root(graph: Graph, grads: Sequence[Any], data: Sequence[Any]) -> list[Any]:
    """Return gradients in which the root's has all the entries of its data.

    What was a single number stands in each.
    """
    found, shape = list(grads), shape_of(data[graph.root])
    held = found[graph.root]
    if shape and held is not None and np.size(held) == 1:
        found[graph.root] = np.full(shape, float(np.ravel(held)[0]))
    return found


def elsewhere(graph: Graph, here: Point) -> Iterator[Point]:
    """Yield the program at other points, as far as it has finite values there."""
    rng = np.random.default_rng(0)
    leaves = [place for place in range(len(graph.made)) if not graph.parents[place]]
    found = 0
    for kind in ("near", "far", "turned", "small", "up"):
        moves = {}
        for place in leaves:
            held = np.asarray(getattr(graph.made[place].node, graph.engine.data_name))
            data = here.data[place]
            if (held.ndim and held.dtype.kind in "iub") or not held.size:  # targets, say, that pick by their numbers
                continue
            size = float(np.sqrt(np.mean(np.square(data)))) or 1.0
            drawn = rng.normal(size=shape_of(data)) if shape_of(data) else float(rng.normal())
            moves[place] = {
                "near": 0.3 * size * drawn,
                "far": 1.3 * size * drawn,
                "turned": -2.0 * data + 0.2 * size * drawn,
                "small": 0.05 * size * drawn,
                "up": np.abs(data) - data + 0.3 * size * np.abs(drawn),
            }[kind]
        try:
            yield Point(graph, moves)
        except Exception:  # whatever their code says of it
            continue
        found += 1
        if found == MOST_POINTS:
            return


class Operations:
    """The operations of a graph.

    Attributes:
        changed: the places of the nodes whose data is not what their operation gives: it was changed since.
    """

    def __init__(self, graph: Graph, points: Sequence[Sequence[Any]]) -> None:
        """Recognise the operations of a graph.

        Args:
            points: the data of its nodes, here and elsewhere.
        """
        self._graph, self._points, self._runs = graph, points, 0
        self._ours: dict[int, Recognised | None] = {}
        self._slopes: dict[tuple[int, int], list[Any] | None] = {}
        by_key: dict[Any, list[Recognised]] = {}
        for place in graph.order:
            if graph.parents[place]:
                tried = by_key.setdefault((graph.key(place), len(graph.parents[place])), [])
                self._ours[place] = self._recognised(place, tried)
        self.changed = [] if graph.is_built else [one for one in self._ours if self._is_changed(one, by_key)]

    def _recognised(self, place: int, tried: list[Recognised]) -> Recognised | None:
        samples = [self._sample(place, data) for data in self._points]
        found = next((one for one in tried if all(map(one.fits, samples))), None)
        if found is None:
            found = recognised(self._graph, place, samples)
            if found is not None:
                tried.append(found)
        return found

    def _sample(self, place: int, data: Sequence[Any]) -> Sample:
        return sample_of(self._graph, place, self._graph.parents[place], data, self._points[0])

    def _is_changed(self, place: int, by_key: Mapping[Any, list[Recognised]]) -> bool:
        """Tell whether a node's data is not what its operation gives.

        The operation is known by its name, or by other nodes of the same function.
        """
        if self._ours[place] is not None:
            return False
        graph = self._graph
        symbol = graph.engine.symbol(graph.made[place].node)
        alike_ = by_key.get((graph.key(place), len(graph.parents[place])), [])
        is_told = bool(symbol or graph.made[place].frames)
        return bool((is_told and alike_) or named(graph.name(place)) or named(symbol))

    def is_measured(self, place: int) -> bool:
        """Tell whether an operation's slopes are measured, and so off by a little."""
        return place in self._ours and self._ours[place] is None

    def truth(self, place: int, point: Point) -> Truth | None:
        """Return what an operation is at a point; None where that is not known."""
        graph, ours = self._graph, self._ours[place]
        inputs, output = [point.data[one] for one in graph.parents[place]], point.data[place]
        if ours is None or self.is_at_a_kink(place, point):
            slopes = self._measured(place, point) if ours is None else self._by_their_numbers(place, point)
            return None if slopes is None else measured_truth(graph.name(place), output, slopes, inputs)
        constants = graph.constants(place)
        given = [
            slot if isinstance(slot, int) else (constants[slot] if isinstance(slot, str) else slot,)
            for slot in ours.slots
        ]
        return Truth(ours.at(constants), given)

    def is_at_a_kink(self, place: int, point: Point) -> bool:
        """Tell whether an operation's slopes from two sides differ there.

        Whichever of them a rule gives is no mistake.
        """
        ours, inputs = self._ours[place], [point.data[one] for one in self._graph.parents[place]]
        if ours is None:
            return False
        constants = self._graph.constants(place)
        op = ours.at(constants)
        kinked = getattr(op, "scalar", None) or op
        if kinked in (ops.RELU, ops.ABS) or kinked.name == "leaky_relu":
            return bool(np.any(np.equal(inputs[0], 0.0)))
        if kinked in (ops.MAXIMUM, ops.MINIMUM):
            return bool(np.any(np.equal(*ours.arguments(inputs, constants))))
        return False

    def _by_their_numbers(self, place: int, point: Point) -> list[Any] | None:
        """Return the slopes by what the rule passes on; None for none.

        At a kink either of them is right.
        """
        found = []
        upstream = point.grads[place]
        for operand in self._graph.parents[place]:
            own = (one for one in point.walk.writes if (one.consumer, one.operand) == (place, operand))
            given = next(own, None)
            if upstream is None or (given is not None and shape_of(upstream) != shape_of(given.given)):
                return None
            flat = np.equal(upstream, 0.0)
            slope = np.where(flat, 0.0, (0.0 if given is None else given.given) / np.where(flat, 1.0, upstream))
            found.append(np.diag(slope.ravel()) if np.ndim(slope) else float(slope))
        return found

    def _measured(self, place: int, point: Point) -> list[Any] | None:
        key = (place, id(point))
        if key not in self._slopes:
            self._slopes[key] = self._newly_measured(place, point) if self._graph.is_built else None
        return self._slopes[key]

    def _newly_measured(self, place: int, point: Point) -> list[Any] | None:
        program, found = self._graph.program, []
        size = max(1, int(np.size(point.data[place])))
        for operand in self._graph.parents[place]:
            data = point.data[operand]
            columns = np.zeros((size, max(1, int(np.size(data)))))
            self._runs += 4 * columns.shape[1]
            if self._runs > MOST_RUNS:
                return None
            for entry in range(columns.shape[1]):
                unit = np.zeros(columns.shape[1])
                unit[entry] = 1.0
                h = 1e-3 * max(1.0, float(np.abs(np.ravel(data)[entry])))
                ends = []
                for step in (h, -h, h / 2, -h / 2):
                    move = np.reshape(step * unit, shape_of(data)) if shape_of(data) else step
                    try:
                        program({operand: move}, clamp=point.data)
                    except Exception:  # whatever their code says of it
                        return None
                    if place not in program.raw or np.size(program.raw[place]) != size:
                        return None
                    ends.append(np.ravel(program.raw[place]))
                rough, fine = (ends[0] - ends[1]) / (2 * h), (ends[2] - ends[3]) / h
                if not alike(rough, fine, 1e-3, 1e-6):  # a kink
                    return None
                columns[:, entry] = fine + (fine - rough) / 3
            found.append(float(columns[0, 0]) if columns.size == 1 else columns)
        return found


def sample_of(graph: Graph, place: int, parents: Sequence[int], data: Sequence[Any], first: Sequence[Any]) -> Sample:
    """Return an operation at a point.

    Args:
        data: of the nodes there.
        first: where its constants were read.
    """
    constants = {name: one for name, one in graph.constants(place).items() if not alike(one, first[place], 1e-12)}
    coarse = is_coarse(getattr(graph.made[place].node, graph.engine.data_name))
    return Sample(tuple(data[one] for one in parents), data[place], constants, coarse)


def recognised(graph: Graph, place: int, samples: Sequence[Sample]) -> Recognised | None:
    """Return the operation of ours that gives the same; None for none."""
    return known(graph.name(place), samples, is_named=len(samples) < 2 and not _is_telling(samples[0]))


def _is_telling(sample: Sample) -> bool:
    """Tell whether a number does not fit several operations by chance.

    For example 4 does: it is both 2 * 2 and 2 ** 2.
    """
    times = 360.0 * np.ravel(np.asarray(sample.output, dtype=float))
    is_plain = bool(np.all(np.abs(times - np.round(times)) <= 1e-6))
    return len(sample.inputs) > 1 or len(times) >= LEAST_TELLING or not is_plain
