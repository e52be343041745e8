"""The part of a graph between a wrong gradient and the nearest numbers that the learner wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from ..verdict.sizes import local_sizes
from ..verdict.status import Status
from ..verdict.sweep import sweep
from . import sentences
from .amounts import Amounts, amounts_for
from .fit import Fit
from .use import NOTHING, Part, Use
from .ways import Way, begins, has_number
from .words import Words

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison
    from ..verdict.result import NodeResult

MOST_EDGES = 60
FEWEST_EDGES = 8
MOST_SCALARS = 100
"""So many numbers are walked through at most where they are left blank: a graph of numbers may have a million."""
MOST_NUMBERS = 4_000_000
"""Of a larger region, or one of large arrays, only the nearest edges are looked at one by one."""
MOST_VISITS = 40_000
"""So many nodes, or those of a few walks, may be visited for one kind of guess: each may walk the whole region."""
FEWEST_WALKS = 3


Found = TypeVar("Found")


class Region:
    """From a node upwards: through nodes left blank to the first that have a number, the root at the latest.

    Args:
        written: what the learner wrote there.
        left_out: uses that are taken as not there.
        way: how the learner is taken to have gone back.

    Attributes:
        node: the node whose gradient is wrong.
        written: what the learner wrote there.
        amounts: the arithmetic, of floats or of arrays.
        sources: the nodes with a number that it begins at, nearest first.
        blanks: the nodes between, nearest first.
        between: the same and the node itself.
        direct: the uses of the node itself.
        walks: how often it may be walked for one kind of guess.
        uses: the edges between all of them, nearest first.
    """

    def __init__(
        self,
        result: NodeResult,
        comparison: Comparison,
        written: Any = None,
        left_out: Container[Any] = (),
        *,
        way: Way = Way.AS_WRITTEN,
    ) -> None:
        self.comparison, self.node, self._way = comparison, result.node, way
        self._upstream = comparison.upstream if way is Way.AS_WRITTEN else comparison.unrounded
        self._result, self._left_out = result, left_out
        met: dict[Value, bool] = {self.node: False}
        waiting = [self.node]
        for node in waiting:  # it grows as it is walked
            for consumer, _ in comparison.uses[node]:
                if consumer in met:
                    continue
                is_source = consumer is comparison.root or begins(comparison[consumer], way)
                met[consumer] = is_source = is_source or (not consumer.shape and len(waiting) >= MOST_SCALARS)
                if not is_source:
                    waiting.append(consumer)
        self.amounts: Amounts = amounts_for(met)
        self.written = self.amounts.of(result.actual if written is None else written)
        self.sources = [node for node, is_source in met.items() if is_source]
        self.blanks = waiting[1:]
        # Backward order: what a node gets is complete before it is passed on.
        self._order = sorted(met, key=comparison.places.__getitem__)
        self.between = dict.fromkeys(waiting)
        self._place = {node: place for place, node in enumerate(self._order)}
        self._locals: dict[Value, Sequence[Any]] = {}
        self.direct = [self._use(*use, self.node) for use in comparison.uses[self.node]]
        size = sum(math.prod(node.shape) for node in met)
        most = max(FEWEST_EDGES, min(MOST_EDGES, MOST_NUMBERS // max(size, 1)))
        self.walks = max(FEWEST_WALKS, min(most, MOST_VISITS // len(met)))
        beyond = ((*use, node) for node in self.blanks for use in comparison.uses[node])
        # Its own uses are looked at without a walk.
        near = islice(beyond, max(min(most, max(FEWEST_EDGES, self.walks)) - len(self.direct), 0))
        uses = [*self.direct[:most], *(self._use(*use) for use in near)]
        self.uses = [use for use in uses if use.key not in left_out]
        self._through: dict[tuple[Value, int], Any] = {}
        self._axes: dict[tuple[Value, int], list[int]] = {}
        self._found: dict[Any, Any] = {}

    @property
    def is_of_one_number(self) -> bool:
        """Whether it is all of single numbers, of which any constant that stands near is a factor by chance."""
        return not self.amounts.is_of_arrays

    def once(self, find: Callable[[Region], Found]) -> Found:
        """What is found out about the region, found out once."""
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    @cached_property
    def beyond(self) -> list[Use]:
        """The uses of the sources: what their gradients come from."""
        uses = [(*use, node) for node in self.sources for use in self.comparison.uses[node]]
        return [self._use(*use) for use in uses[:MOST_EDGES]]

    def _use(self, consumer: Value, place: int, operand: Value) -> Use:
        return Use(consumer, place, operand, self.locals_of(consumer)[place], self.upstream(consumer))

    def upstream(self, node: Value) -> Any:
        """The learner's gradient of a node."""
        gradient = self._upstream[node]
        return gradient if gradient.__class__ is float or self.amounts.is_of_arrays else self.amounts.of(gradient)

    def locals_of(self, node: Value) -> Sequence[Any]:
        """The local derivatives of a node, by its operands."""
        if node not in self._locals:
            own = [self.amounts.local(local, node) for local in self.comparison.locals_of(node)]
            for place in range(len(own)) if self._left_out else ():
                if (node, place) in self._left_out:
                    own[place] = NOTHING
            self._locals[node] = own
        return self._locals[node]

    def inputs(self, use: Use) -> list[Any]:
        """The numbers of the operands of a use's consumer, then its own."""
        nodes = (*use.consumer.operands, use.consumer)
        if self.amounts.is_of_arrays and not use.consumer.shape:  # of numbers, rules are of numbers
            return [node.data for node in nodes]
        return [self.amounts.of(node.data) for node in nodes]

    def without_extremes(self) -> Region | None:
        """The region without what comes through a maximum or minimum, where that is nothing; None where there is none.

        As in a softmax: nobody goes back through the maximum that is subtracted before exp.
        """
        left_out = {use.key for use in self.uses if str(use.consumer.op) in ("max", "min")}
        if not left_out:
            return None
        rest = Region(self._result, self.comparison, self.written, left_out, way=self._way)
        return rest if self.is_same(rest.chain, self.chain) else None

    def on(self, way: Way) -> Region:
        """The same of somebody who has gone back in another way."""
        return Region(self._result, self.comparison, self.written, self._left_out, way=way)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.node.shape

    @cached_property
    def chain(self) -> Any:
        """What the chain rule gives from the learner's own numbers."""
        return self.from_sources()

    @cached_property
    def size(self) -> Any:
        """The summed sizes of what the chain is the sum of."""
        amounts = {node: abs(self.upstream(node)) for node in self.sources}
        return self._swept(amounts, self._sizes_of)

    def _sizes_of(self, node: Value) -> Sequence[Any]:
        sizes = local_sizes(node, self.locals_of(node))
        return sizes if self.amounts.is_of_arrays else [self.amounts.of(size) for size in sizes]

    def from_sources(
        self, numbers: Mapping[Value, Any] | None = None, locals_: Mapping[tuple[Value, int], Any] | None = None
    ) -> Any:
        """What the node gets from other numbers at some nodes, or with other local derivatives at some uses."""
        return self._swept(self.given(numbers), self.changed(locals_))

    def given(self, numbers: Mapping[Value, Any] | None) -> dict[Value, Any]:
        """What the sources pass on, with other numbers at some nodes."""
        return {**{node: self.upstream(node) for node in self.sources}, **(numbers or {})}

    def changed(self, locals_: Mapping[tuple[Value, int], Any] | None) -> Callable[[Value], Sequence[Any]]:
        """The local derivatives of a node, some of them changed."""
        if locals_ is None:
            return self.locals_of
        consumers = {node for node, _ in locals_}

        def changed(node: Value) -> Sequence[Any]:
            own = self.locals_of(node)
            if node not in consumers:
                return own
            return [locals_.get((node, place), local) for place, local in enumerate(own)]

        return changed

    def instead(self, use: Use, contribution: Any) -> Any:
        """What the node gets if something else is passed back by one use."""
        return self.chain - self.through(use) + self.down(use.operand, contribution)

    def down(self, start: Value, gradient: Any) -> Any:
        """What arrives at the node from a gradient of one node between alone."""
        if start is self.node:
            return self.amounts.spread(gradient, self.shape)
        if not self.amounts.is_of_arrays:
            return gradient * self._reach.get(start, 0.0)
        return self._swept({start: gradient}, self.locals_of)

    def with_upstream(self, node: Value, gradient: Any) -> Any:
        """Of numbers, what the node gets if another one had another gradient: `from_sources` without a walk."""
        return self.chain - self.from_node(node) + self.from_node(node, gradient)

    def without(self, *parts: Part) -> Any:
        """What the node gets if nothing comes through some parts."""
        nodes: dict[Value, Any] = {}
        uses: dict[tuple[Value, int], Any] = {}
        for part in parts:
            if isinstance(part.cut, tuple):
                uses[part.cut] = NOTHING
            elif part.cut is not None:
                nodes[part.cut] = self.amounts.full(part.cut.shape, 0.0)
        return self.from_sources(nodes, uses)

    def through(self, use: Use) -> Any:
        """The part of the chain that comes through one use."""
        if use.key not in self._through:
            self._through[use.key] = self.down(use.operand, use.contribution)
        return self._through[use.key]

    @cached_property
    def summed(self) -> list[list[int]]:
        """Of each use that adds up over axes of its consumer, how long these are."""
        found = [(use, self.axes_of(use)) for use in self.uses]
        return [[use.consumer.shape[axis] for axis in axes] for use, axes in found if axes]

    def axes_of(self, use: Use) -> list[int]:
        """The axes of its consumer that a use adds up over."""
        if use.key not in self._axes:
            self._axes[use.key] = self.amounts.summed(use.local, use.consumer.shape)
        return self._axes[use.key]

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of the chain, the likelier first, without those that are nothing, all of it, or another part."""
        found: list[Part] = []
        met = [self.amounts.full(self.shape, 0.0), self.chain]
        known = [self.amounts.fingerprint(numbers) for numbers in met]
        for part in self._all_parts():
            mark = self.amounts.fingerprint(part.numbers)
            if not any(abs(mark - other) <= self._noise for other in known):
                known.append(mark)
                found.append(part)
        return found

    @cached_property
    def fit(self) -> Fit:
        """What is held to what was written."""
        return Fit(self, self._result.actual)

    def explains(self, numbers: Any, *, roughly: bool = False) -> bool:
        """Whether these are all that was written, `roughly` to two decimals, and far nearer to it than the chain is."""
        return self.fit.explains(numbers, roughly=roughly)

    def is_same(self, part: Any, other: Any) -> bool:
        """Whether two parts of the chain are one, up to float noise."""
        return abs(self.amounts.fingerprint(part) - self.amounts.fingerprint(other)) <= self._noise

    @cached_property
    def _noise(self) -> float:
        return 1e-10 * self.amounts.total(self.size)

    def _all_parts(self) -> Iterator[Part]:
        for node in self.met[: self.walks]:
            yield Part(self.name(node), self.from_node(node), node)
        for use in self.uses:
            yield Part(self.name_of(use), self.through(use), use.key)

    def name_of(self, use: Use) -> str:
        """A use in words."""
        consumer = self.name(use.consumer)
        return f"the use in {consumer}" if use.operand is self.node else f"{consumer} through {self.name(use.operand)}"

    def from_node(self, node: Value, gradient: Any = None) -> Any:
        """The part of the chain that comes through one node, or what would come with another gradient there."""
        upstream = self.upstream(node) if gradient is None else gradient
        if not self.amounts.is_of_arrays:
            return upstream * self._reach.get(node, 0.0)
        return self._swept({node: upstream}, self.locals_of)

    @cached_property
    def _reach(self) -> dict[Value, float]:
        """Of numbers, what arrives at the node from a gradient of 1.0 at each other, through the nodes between."""
        reach: dict[Value, float] = {self.node: 1.0}
        for consumer in reversed(self._order[: self._place[self.node]]):
            reach[consumer] = sum(
                local * reach[operand]
                for operand, local in zip(consumer.operands, self.locals_of(consumer))
                if operand in self.between and operand in reach
            )
        return reach

    def _swept(self, gradients: Mapping[Value, Any], locals_of: Any) -> Any:
        """What arrives at the node from the gradients of some nodes; those replace what arrives there."""
        sums: dict[Value, Any] = dict.fromkeys(self.between, None)
        self.pass_on(gradients, locals_of, sums)
        arrived = sums[self.node]
        return self.amounts.spread(0.0 if arrived is None else arrived, self.shape)

    def pass_on(self, gradients: Mapping[Value, Any], locals_of: Any, sums: dict[Value, Any]) -> dict[Value, Any]:
        """Pass gradients on to the nodes that have a sum.

        Returns:
            What each node has passed on.
        """
        first = min((self._place[node] for node in gradients), default=0)
        found: dict[Value, Any] = {}

        def passed(node: Value, arrived: Any) -> Any:
            given = gradients.get(node)
            gradient = arrived if given is None else given
            if gradient is not None:
                gradient = found[node] = self.amounts.spread(gradient, node.shape)
            return gradient

        sweep(self._order[first : self._place[self.node]], sums, passed, locals_of)
        return found

    @cached_property
    def words(self) -> Words:
        """What nodes are called in sentences."""
        return Words(self.comparison)

    def name(self, node: Value) -> str:
        """A node's name in a sentence."""
        return self.words[node]

    def where(self, use: Use) -> str:
        """The operation of a use, and where it stands."""
        return sentences.application(str(use.consumer.op), self.words.around(use.consumer))

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

    def is_wrong(self, node: Value) -> bool:
        """Tell whether the learner made a mistake at a node: two that hold one wrong number are no copies."""
        result = self.comparison[node]
        return result.status is Status.WRONG and not result.rounded

    def is_known(self, node: Value) -> bool:
        """Whether the learner speaks of a node: it has a label, or a number of theirs."""
        return bool(node.label) or has_number(self.comparison[node])

    @cached_property
    def others(self) -> list[Value]:
        """The labelled or filled in nodes of the whole graph, of numbers of what is near, the nearer first."""
        near: dict[Value, None] = {}
        waiting = [self.node, *self.met]
        for node in waiting:  # it grows as it is walked
            if self.is_of_one_number and len(near) >= MOST_SCALARS:
                break
            if node not in near:
                near[node] = None
                waiting += node.operands
                waiting += [consumer for consumer, _ in self.comparison.uses[node]]
        return [node for node in near if self.is_known(node)]
