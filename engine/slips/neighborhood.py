"""The part of a graph between a wrong gradient and the nearest numbers that the learner wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from ..autodiff import sweep
from ..verdict.float_error import local_sizes
from ..verdict.status import Status
from . import messages
from .derivations import Derivation, begins, has_number
from .matching import Match
from .node_names import NodeNames
from .use import NOTHING, Contribution, Use
from .values import Arithmetic, arithmetic_for

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
"""So many nodes, or those of a few walks, may be visited for one kind of candidate: each may walk the whole region."""
FEWEST_WALKS = 3


Found = TypeVar("Found")


class Neighborhood:
    """From a node upwards: through nodes left blank to the first that have a number, the root at the latest.

    Args:
        user_grad: what the learner wrote there, where that is known as the arithmetic has it.
        dropped: uses that are taken as not there.
        derivation: how the learner is taken to have gone back.

    Attributes:
        node: the node whose gradient is wrong.
        user_grad: what the learner wrote there.
        arithmetic: that of floats or of arrays.
        sources: the nodes with a number that it begins at, nearest first.
        blanks: the nodes between, nearest first.
        between: the same and the node itself.
        direct: the uses of the node itself.
        walks: how often it may be walked for one kind of candidate.
        uses: the edges between all of them, nearest first.
    """

    def __init__(
        self,
        result: NodeResult,
        comparison: Comparison,
        user_grad: Any = None,
        dropped: Container[Any] = (),
        *,
        derivation: Derivation = Derivation.AS_WRITTEN,
    ) -> None:
        self.comparison, self.node, self._derivation = comparison, result.node, derivation
        self._upstream = comparison.upstream if derivation is Derivation.AS_WRITTEN else comparison.unrounded
        self._result, self._dropped = result, dropped
        met: dict[Value, bool] = {self.node: False}
        waiting = [self.node]
        for node in waiting:  # it grows as it is walked
            for consumer, _ in comparison.uses[node]:
                if consumer in met:
                    continue
                is_source = consumer is comparison.root or begins(comparison[consumer], derivation)
                met[consumer] = is_source = is_source or (not consumer.shape and len(waiting) >= MOST_SCALARS)
                if not is_source:
                    waiting.append(consumer)
        self.arithmetic: Arithmetic = arithmetic_for(met)
        self.user_grad = self.arithmetic.of(comparison.written(result.node) if user_grad is None else user_grad)
        self.sources = [node for node, is_source in met.items() if is_source]
        self.blanks = waiting[1:]
        # Backward order: what a node gets is complete before it is passed on.
        self._order = sorted(met, key=comparison.places.__getitem__)
        self.between = dict.fromkeys(waiting)
        self._position = {node: place for place, node in enumerate(self._order)}
        self._locals: dict[Value, Sequence[Any]] = {}
        self.direct = [self._use(*use, self.node) for use in comparison.uses[self.node]]
        size = sum(math.prod(node.shape) for node in met)
        most = max(FEWEST_EDGES, min(MOST_EDGES, MOST_NUMBERS // max(size, 1)))
        self.walks = max(FEWEST_WALKS, min(most, MOST_VISITS // len(met)))
        beyond = ((*use, node) for node in self.blanks for use in comparison.uses[node])
        # Its own uses are looked at without a walk.
        near = islice(beyond, max(min(most, max(FEWEST_EDGES, self.walks)) - len(self.direct), 0))
        uses = [*self.direct[:most], *(self._use(*use) for use in near)]
        self.uses = [use for use in uses if use.key not in dropped]
        self._contributions: dict[tuple[Value, int], Any] = {}
        self._axes: dict[tuple[Value, int], list[int]] = {}
        self._found: dict[Any, Any] = {}

    @property
    def is_of_one_number(self) -> bool:
        """Whether it is all of single numbers, of which any constant nearby is a factor by chance."""
        return not self.arithmetic.is_of_arrays

    def cached(self, find: Callable[[Neighborhood], Found]) -> Found:
        """Return what a function finds out about the region, computed once."""
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    @cached_property
    def uses_of_sources(self) -> list[Use]:
        """The uses of the sources: what their gradients come from."""
        uses = [(*use, node) for node in self.sources for use in self.comparison.uses[node]]
        return [self._use(*use) for use in uses[:MOST_EDGES]]

    def _use(self, consumer: Value, place: int, operand: Value) -> Use:
        return Use(consumer, place, operand, self.locals_of(consumer)[place], self.upstream(consumer))

    def upstream(self, node: Value) -> Any:
        """Return the learner's gradient of a node."""
        gradient = self._upstream[node]
        return gradient if gradient.__class__ is float or self.arithmetic.is_of_arrays else self.arithmetic.of(gradient)

    def locals_of(self, node: Value) -> Sequence[Any]:
        """Return the local derivatives of a node, by its operands."""
        if node not in self._locals:
            own = [self.arithmetic.local(local, node) for local in self.comparison.locals_of(node)]
            for place in range(len(own)) if self._dropped else ():
                if (node, place) in self._dropped:
                    own[place] = NOTHING
            self._locals[node] = own
        return self._locals[node]

    def inputs(self, use: Use) -> list[Any]:
        """Return the numbers of the operands of a use's consumer, then its own."""
        nodes = (*use.consumer.operands, use.consumer)
        if self.arithmetic.is_of_arrays and not use.consumer.shape:  # of numbers, rules are of numbers
            return [node.data for node in nodes]
        return [self.arithmetic.of(node.data) for node in nodes]

    def without_extremes(self) -> Neighborhood | None:
        """Return the region without any maximum or minimum that nothing comes through; None where there is none.

        As in a softmax: nobody goes back through the maximum that is subtracted before exp.
        """
        dropped = {use.key for use in self.uses if str(use.consumer.op) in ("max", "min")}
        if not dropped:
            return None
        rest = Neighborhood(self._result, self.comparison, self.user_grad, dropped, derivation=self._derivation)
        return rest if self.is_same(rest.recomputed, self.recomputed) else None

    def derived(self, derivation: Derivation) -> Neighborhood:
        """Return the same region for another derivation."""
        return Neighborhood(self._result, self.comparison, self.user_grad, self._dropped, derivation=derivation)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.node.shape

    @cached_property
    def recomputed(self) -> Any:
        """The gradient recomputed from the user's own upstream gradients."""
        return self.from_sources()

    @cached_property
    def magnitude(self) -> Any:
        """Sum of absolute contributions; float error is measured against it."""
        sizes = {node: abs(self.upstream(node)) for node in self.sources}
        return self._swept(sizes, self._sizes_of)

    def _sizes_of(self, node: Value) -> Sequence[Any]:
        sizes = local_sizes(node, self.locals_of(node))
        return sizes if self.arithmetic.is_of_arrays else [self.arithmetic.of(size) for size in sizes]

    def from_sources(
        self, numbers: Mapping[Value, Any] | None = None, locals_: Mapping[tuple[Value, int], Any] | None = None
    ) -> Any:
        """Recompute the gradient with other gradients at some nodes, or other local derivatives at some uses."""
        return self._swept(self.source_gradients(numbers), self.override_local_derivatives(locals_))

    def source_gradients(self, numbers: Mapping[Value, Any] | None) -> dict[Value, Any]:
        """Return the gradients of the sources, with some replaced."""
        return {**{node: self.upstream(node) for node in self.sources}, **(numbers or {})}

    def override_local_derivatives(
        self, locals_: Mapping[tuple[Value, int], Any] | None
    ) -> Callable[[Value], Sequence[Any]]:
        """Return a lookup of local derivatives with some overridden."""
        if locals_ is None:
            return self.locals_of
        consumers = {node for node, _ in locals_}

        def overridden(node: Value) -> Sequence[Any]:
            own = self.locals_of(node)
            if node not in consumers:
                return own
            return [locals_.get((node, place), local) for place, local in enumerate(own)]

        return overridden

    def replace_contribution(self, use: Use, contribution: Any) -> Any:
        """Recompute the gradient with the contribution of one use replaced."""
        return self.recomputed - self.contribution_through(use) + self.pull_back(use.operand, contribution)

    def pull_back(self, start: Value, gradient: Any) -> Any:
        """Pull the gradient of one node between back to the node."""
        if start is self.node:
            return self.arithmetic.spread(gradient, self.shape)
        if not self.arithmetic.is_of_arrays:
            return gradient * self._reach.get(start, 0.0)
        return self._swept({start: gradient}, self.locals_of)

    def with_upstream(self, node: Value, gradient: Any) -> Any:
        """Recompute a number's gradient with another gradient at one node, without a walk."""
        return self.recomputed - self.from_node(node) + self.from_node(node, gradient)

    def drop(self, *parts: Contribution) -> Any:
        """Recompute the gradient without some contributions."""
        nodes: dict[Value, Any] = {}
        uses: dict[tuple[Value, int], Any] = {}
        for part in parts:
            if isinstance(part.cut, tuple):
                uses[part.cut] = NOTHING
            elif part.cut is not None:
                nodes[part.cut] = self.arithmetic.full(part.cut.shape, 0.0)
        return self.from_sources(nodes, uses)

    def contribution_through(self, use: Use) -> Any:
        """Return the contribution that comes through one use."""
        if use.key not in self._contributions:
            self._contributions[use.key] = self.pull_back(use.operand, use.contribution)
        return self._contributions[use.key]

    @cached_property
    def summed_lengths(self) -> list[list[int]]:
        """Of each use that adds up over axes of its consumer, how long these are."""
        found = [(use, self.axes_of(use)) for use in self.uses]
        return [[use.consumer.shape[axis] for axis in axes] for use, axes in found if axes]

    def axes_of(self, use: Use) -> list[int]:
        """Return the axes of its consumer that a use adds up over."""
        if use.key not in self._axes:
            self._axes[use.key] = self.arithmetic.summed(use.local, use.consumer.shape)
        return self._axes[use.key]

    @cached_property
    def contributions(self) -> list[Contribution]:
        """The contributions, the likelier first, without those that are nothing, all there is, or equal to another."""
        found: list[Contribution] = []
        met = [self.arithmetic.full(self.shape, 0.0), self.recomputed]
        known = [self.arithmetic.fingerprint(numbers) for numbers in met]
        for part in self._all_parts():
            mark = self.arithmetic.fingerprint(part.numbers)
            if not any(abs(mark - other) <= self._float_error for other in known):
                known.append(mark)
                found.append(part)
        return found

    @cached_property
    def fit(self) -> Match:
        """What is held to what was written."""
        return Match(self, self._result.actual)

    def explains(self, numbers: Any, *, roughly: bool = False) -> bool:
        """Tell whether they match the user's gradient, `roughly` to two decimals, far better than `recomputed` does."""
        return self.fit.explains(numbers, roughly=roughly)

    def is_same(self, part: Any, other: Any) -> bool:
        """Tell whether two contributions are equal up to float error."""
        return abs(self.arithmetic.fingerprint(part) - self.arithmetic.fingerprint(other)) <= self._float_error

    @cached_property
    def _float_error(self) -> float:
        return 1e-10 * self.arithmetic.total(self.magnitude)

    def _all_parts(self) -> Iterator[Contribution]:
        for node in self.near_nodes[: self.walks]:
            yield Contribution(self.name(node), self.from_node(node), node)
        for use in self.uses:
            yield Contribution(self.name_of(use), self.contribution_through(use), use.key)

    def name_of(self, use: Use) -> str:
        """Return a use in words, for a message."""
        consumer = self.name(use.consumer)
        return f"the use in {consumer}" if use.operand is self.node else f"{consumer} through {self.name(use.operand)}"

    def from_node(self, node: Value, gradient: Any = None) -> Any:
        """Return the contribution that comes through one node, perhaps with another gradient there."""
        upstream = self.upstream(node) if gradient is None else gradient
        if not self.arithmetic.is_of_arrays:
            return upstream * self._reach.get(node, 0.0)
        return self._swept({node: upstream}, self.locals_of)

    @cached_property
    def _reach(self) -> dict[Value, float]:
        """Of numbers, what arrives at the node from a gradient of 1.0 at each other, through the nodes between."""
        reach: dict[Value, float] = {self.node: 1.0}
        for consumer in reversed(self._order[: self._position[self.node]]):
            reach[consumer] = sum(
                local * reach[operand]
                for operand, local in zip(consumer.operands, self.locals_of(consumer))
                if operand in self.between and operand in reach
            )
        return reach

    def _swept(self, gradients: Mapping[Value, Any], locals_of: Any) -> Any:
        """Return what arrives at the node from the gradients of some nodes; those replace what arrives there."""
        sums: dict[Value, Any] = dict.fromkeys(self.between, None)
        self.pass_on(gradients, locals_of, sums)
        arrived = sums[self.node]
        return self.arithmetic.spread(0.0 if arrived is None else arrived, self.shape)

    def pass_on(self, gradients: Mapping[Value, Any], locals_of: Any, sums: dict[Value, Any]) -> dict[Value, Any]:
        """Pass gradients on to the nodes that have a sum.

        Returns:
            What each node has passed on.
        """
        first = min((self._position[node] for node in gradients), default=0)
        found: dict[Value, Any] = {}

        def passed(node: Value, arrived: Any) -> Any:
            given = gradients.get(node)
            gradient = arrived if given is None else given
            if gradient is not None:
                gradient = found[node] = self.arithmetic.spread(gradient, node.shape)
            return gradient

        sweep(self._order[first : self._position[self.node]], sums, passed, locals_of)
        return found

    @cached_property
    def node_names(self) -> NodeNames:
        """What nodes are called in sentences."""
        return NodeNames(self.comparison)

    def name(self, node: Value) -> str:
        """Return a node's name in a sentence."""
        return self.node_names[node]

    def where(self, use: Use) -> str:
        """Return the operation of a use, and where it stands."""
        return messages.application(str(use.consumer.op), self.node_names.around(use.consumer))

    def names(self, nodes: Iterable[Value]) -> str:
        return self.node_names.listed(nodes)

    @cached_property
    def source_names(self) -> str:
        """The names of the nodes that it begins at."""
        return self.names(self.sources) if self.sources else "the output"

    @cached_property
    def near_nodes(self) -> list[Value]:
        """Its other nodes, those with a name of their own first, and the nearer before the farther."""
        placed = [*dict.fromkeys(use.consumer for use in self.uses)]
        return sorted(placed, key=lambda node: not node.label)

    def is_wrong(self, node: Value) -> bool:
        """Tell whether the learner made a mistake at a node: two that hold one wrong number are no copies."""
        result = self.comparison[node]
        return result.status is Status.WRONG and not result.rounded

    def is_known(self, node: Value) -> bool:
        """Tell whether the learner speaks of a node: it has a label, or a number of theirs."""
        return bool(node.label) or has_number(self.comparison[node])

    @cached_property
    def known_nodes(self) -> list[Value]:
        """The labelled or filled in nodes of the whole graph, of numbers of what is near, the nearer first."""
        near: dict[Value, None] = {}
        waiting = [self.node, *self.near_nodes]
        for node in waiting:  # it grows as it is walked
            if self.is_of_one_number and len(near) >= MOST_SCALARS:
                break
            if node not in near:
                near[node] = None
                waiting += node.operands
                waiting += [consumer for consumer, _ in self.comparison.uses[node]]
        return [node for node in near if self.is_known(node)]
