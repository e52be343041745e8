"""The part of a graph between a wrong gradient and the nearest numbers that the learner wrote."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..arrays.edges import Edge, Floats
from ..autodiff import pass_on
from ..number import finite_or_none
from ..verdict import entries
from ..verdict.sizes import local_sizes
from ..verdict.tolerance import precision_of
from . import sentences
from .array_words import Words

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult

MOST_EDGES = 60
FEWEST_EDGES = 8
UNEXPLAINED = 0.25
"""How much of what an array is off by an explanation may leave over, as a share."""
MOST_NUMBERS = 4_000_000
"""Of a larger region, or one of large arrays, only the nearest edges are looked at one by one."""
MOST_VISITS = 40_000
"""So many nodes, or those of a few walks, may be visited for one kind of guess: each may walk the whole region."""
FEWEST_WALKS = 3


Cut: TypeAlias = "Value | tuple[Value, int]"
"""A node, or a use as (consumer, which operand of it), that nothing comes through."""


def only(numbers: Floats, axes: Container[int], row: int) -> Floats:
    """The numbers in one row along some axes, zeros elsewhere."""
    found = np.zeros(numbers.shape)
    at = tuple(row if axis in axes else slice(None) for axis in range(numbers.ndim))
    found[at] = numbers[at]
    return found


class Use(NamedTuple):
    """An edge of the region: one use of a node by a consumer.

    Attributes:
        consumer, place: the consumer, and which operand of it.
        operand: the node that is used.
        local: the local derivative, a float or an `arrays.Edge`.
        upstream: the learner's gradient of the consumer.
    """

    consumer: Value
    place: int
    operand: Value
    local: Any
    upstream: Any

    @property
    def contribution(self) -> Any:
        return self.upstream * self.local

    @property
    def key(self) -> tuple[Value, int]:
        return self.consumer, self.place

    @property
    def inputs(self) -> list[Any]:
        """The numbers of the consumer's operands."""
        return [operand.data for operand in self.consumer.operands]

    @property
    def summed(self) -> list[int]:
        """The axes of the consumer along which more than one entry reaches one of the operand's."""
        shape = self.consumer.shape
        if not isinstance(self.local, Edge):
            return []
        everywhere = np.ones(shape)
        found = []
        for axis, length in enumerate(shape):
            if length > 1:
                first, last = (self.local.reach(only(everywhere, (axis,), row)) for row in (0, -1))
                found += [axis] if (first & last).any() else []
        return found


class Part(NamedTuple):
    """What comes through one node, or through one use.

    Attributes:
        name: of the node, or of the use in words.
        numbers: what arrives through it.
        cut: the node or the use.
    """

    name: str
    numbers: Floats
    cut: Cut


_NOTHING = Edge(lambda gradient, _: np.zeros(()))
"""The local derivative of a use that is left out."""


class Region:
    """From a node upwards: through nodes left blank to the first that have a number, the root at the latest.

    Args:
        left_out: uses that are taken as not there.

    Attributes:
        node: the node whose gradient is wrong.
        written: what the learner wrote there.
        sources: the nodes with a number that it begins at, nearest first.
        blanks: the nodes between, nearest first.
        between: the same and the node itself.
        direct: the uses of the node itself.
        walks: how often it may be walked for one kind of guess.
        uses: the edges between all of them, nearest first.
    """

    def __init__(
        self, result: NodeResult, comparison: Comparison, written: Floats, left_out: Container[Any] = ()
    ) -> None:
        self.comparison, self.node, self.written = comparison, result.node, written
        self._left_out = left_out
        met: dict[Value, bool] = {self.node: False}
        waiting = [self.node]
        for node in waiting:  # it grows as it is walked
            for consumer, _ in comparison.uses[node]:
                if consumer in met:
                    continue
                met[consumer] = is_source = consumer is comparison.root or _has_number(comparison[consumer])
                if not is_source:
                    waiting.append(consumer)
        self.sources = [node for node, is_source in met.items() if is_source]
        self.blanks = waiting[1:]
        # Backward order: what a node gets is complete before it is passed on.
        self._order = [node for node in comparison.upstream if node in met]
        self.between = dict.fromkeys(waiting)
        self._place = {node: place for place, node in enumerate(self._order)}
        self.direct = [self._use(*use, self.node) for use in comparison.uses[self.node]]
        size = sum(int(np.prod(node.shape)) for node in met)
        most = max(FEWEST_EDGES, min(MOST_EDGES, MOST_NUMBERS // max(size, 1)))
        self.walks = max(FEWEST_WALKS, min(most, MOST_VISITS // len(met)))
        beyond = ((*use, node) for node in self.blanks for use in comparison.uses[node])
        # Its own uses are looked at without a walk.
        near = islice(beyond, max(min(most, max(FEWEST_EDGES, self.walks)) - len(self.direct), 0))
        self.uses = [*self.direct[:most], *(self._use(*use) for use in near)]
        self._through: dict[tuple[Value, int], Floats] = {}

    @cached_property
    def beyond(self) -> list[Use]:
        """The uses of the sources: what their gradients come from."""
        uses = [(*use, node) for node in self.sources for use in self.comparison.uses[node]]
        return [self._use(*use) for use in uses[:MOST_EDGES]]

    def _use(self, consumer: Value, place: int, operand: Value) -> Use:
        return Use(consumer, place, operand, self._locals_of(consumer)[place], self.comparison.upstream[consumer])

    def _locals_of(self, node: Value) -> Sequence[Any]:
        own = self.comparison.locals_of(node)
        if not self._left_out:
            return own
        return [_NOTHING if (node, place) in self._left_out else local for place, local in enumerate(own)]

    def without_extremes(self, result: NodeResult) -> Region | None:
        """The region without what comes through a maximum or minimum, where that is nothing; None where there is none.

        As in a softmax: nobody goes back through the maximum that is subtracted before exp.
        """
        left_out = {use.key for use in self.uses if str(use.consumer.op) in ("max", "min")}
        if not left_out:
            return None
        rest = Region(result, self.comparison, self.written, left_out)
        return rest if self.is_same(rest.chain, self.chain) else None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.node.shape

    @cached_property
    def chain(self) -> Floats:
        """What the chain rule gives from the learner's own numbers."""
        return self.from_sources()

    @cached_property
    def size(self) -> Floats:
        """The summed sizes of what the chain is the sum of."""
        amounts = {node: abs(self.comparison.upstream[node]) for node in self.sources}
        return self._swept(amounts, lambda node: local_sizes(node, self._locals_of(node)))

    def from_sources(
        self, numbers: Mapping[Value, Any] | None = None, locals_: Mapping[tuple[Value, int], Any] | None = None
    ) -> Floats:
        """What the node gets from other numbers at some nodes, or with other local derivatives at some uses."""
        given = {node: self.comparison.upstream[node] for node in self.sources}
        if locals_ is None:
            return self._swept({**given, **(numbers or {})}, self._locals_of)

        consumers = {node for node, _ in locals_}

        def changed(node: Value) -> Sequence[Any]:
            own = self._locals_of(node)
            if node not in consumers:
                return own
            return [locals_.get((node, place), local) for place, local in enumerate(own)]

        return self._swept({**given, **(numbers or {})}, changed)

    def instead(self, use: Use, contribution: Any) -> Floats:
        """What the node gets if something else is passed back by one use."""
        return self.chain - self.through(use) + self.down(use.operand, contribution)

    def down(self, start: Value, gradient: Any) -> Floats:
        """What arrives at the node from a gradient of one node between alone."""
        if start is self.node:
            return np.broadcast_to(gradient, self.shape)
        return self._swept({start: gradient}, self._locals_of)

    def without(self, *parts: Part) -> Floats:
        """What the node gets if nothing comes through some parts."""
        nodes = [part.cut for part in parts if not isinstance(part.cut, tuple)]
        uses = {part.cut: _NOTHING for part in parts if isinstance(part.cut, tuple)}
        return self.from_sources({node: np.zeros(node.shape) for node in nodes}, uses)

    def through(self, use: Use) -> Floats:
        """The part of the chain that comes through one use."""
        if use.key not in self._through:
            self._through[use.key] = self.down(use.operand, use.contribution)
        return self._through[use.key]

    @cached_property
    def summed(self) -> list[list[int]]:
        """Of each use that adds up over axes of its consumer, how long these are."""
        return [[use.consumer.shape[axis] for axis in axes] for use in self.uses if (axes := use.summed)]

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of the chain, the likelier first, without those that are nothing, all of it, or another part."""
        found: list[Part] = []
        met = [np.zeros(self.shape), self.chain]
        for part in self._all_parts():
            if not any(self.is_same(part.numbers, other) for other in met):
                met.append(part.numbers)
                found.append(part)
        return found

    def explains(self, numbers: Any, result: NodeResult) -> bool:
        """Whether these are every entry that was written, and far nearer to it than what the chain rule gives."""
        numbers = np.broadcast_to(numbers, self.shape)
        tolerance, precision = self.comparison.tolerance, precision_of(result.actual)
        if not entries.all_accepted(tolerance, self.written, numbers, self.size, precision):
            return False
        left = float(np.linalg.norm(self.written - numbers))
        return left <= UNEXPLAINED * float(np.linalg.norm(self.written - self.chain))

    def is_same(self, part: Floats, other: Floats) -> bool:
        """Whether two parts of the chain are one, up to float noise."""
        return abs(float((part * self._weights).sum()) - float((other * self._weights).sum())) <= self._noise

    @cached_property
    def _weights(self) -> Floats:
        """Numbers in which no two parts that differ weigh the same."""
        return np.cos(np.arange(self.chain.size, dtype=float)).reshape(self.shape)

    @cached_property
    def _noise(self) -> float:
        return 1e-10 * float(self.size.sum())

    def _all_parts(self) -> Iterator[Part]:
        for node in self.met[: self.walks]:
            yield Part(self.name(node), self.from_node(node), node)
        for use in self.uses:
            consumer, operand = self.name(use.consumer), self.name(use.operand)
            name = f"the use in {consumer}" if use.operand is self.node else f"{consumer} through {operand}"
            yield Part(name, self.through(use), use.key)

    def from_node(self, node: Value, gradient: Any = None) -> Floats:
        """The part of the chain that comes through one node, or what would come with another gradient there."""
        upstream = self.comparison.upstream[node] if gradient is None else gradient
        return self._swept({node: upstream}, self._locals_of)

    def _swept(self, gradients: Mapping[Value, Any], locals_of: Any) -> Floats:
        """What arrives at the node from the gradients of some nodes; those replace what arrives there."""
        sums: dict[Value, Any] = dict.fromkeys(self.between, None)
        first = min((self._place[node] for node in gradients), default=0)
        for node in self._order[first : self._place[self.node]]:
            gradient = gradients.get(node)
            if gradient is None:
                gradient = sums.get(node)
            if gradient is None:
                continue
            if np.shape(gradient) != node.shape:
                gradient = np.broadcast_to(gradient, node.shape)
            pass_on(node, gradient, locals_of(node), sums)
        arrived = sums[self.node]
        return np.broadcast_to(0.0 if arrived is None else arrived, self.shape)

    @cached_property
    def words(self) -> Words:
        """What nodes are called in sentences."""
        return Words(self.comparison)

    def name(self, node: Value) -> str:
        """A node's name in a sentence."""
        return self.words[node]

    def where(self, use: Use) -> str:
        """The operation of a use, and where it stands."""
        return sentences.application(str(use.consumer.op), self.name(use.consumer))

    def names(self, nodes: Iterable[Value]) -> str:
        return self.words.listed(nodes)

    @cached_property
    def above(self) -> str:
        """The names of the nodes that it begins at."""
        return self.names(self.sources) if self.sources else "the output"

    @cached_property
    def met(self) -> list[Value]:
        """Its other nodes, those with a name of their own first, and the nearer before the farther."""
        placed = [*dict.fromkeys(use.consumer for use in self.uses)]
        return sorted(placed, key=lambda node: not node.label)

    @cached_property
    def others(self) -> list[Value]:
        """The labelled or filled in arrays of the whole graph, the nearer to the region first."""
        near: dict[Value, None] = {}
        waiting = [self.node, *self.met]
        for node in waiting:  # it grows as it is walked
            if node not in near:
                near[node] = None
                waiting += node.operands
                waiting += [consumer for consumer, _ in self.comparison.uses[node]]
        is_known = self.comparison
        return [node for node in near if node.label or _has_number(is_known[node])]


def _has_number(result: Any) -> bool:
    if result.shape:
        return result.numbers is not None
    return finite_or_none(result.actual) is not None
