"""The part of a graph between a wrong gradient and the nearest numbers that the learner wrote."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from ..autodiff import sweep
from ..loading import np
from ..names import listed
from ..number import finite_or_none
from ..verdict.rounding import local_sizes
from ..verdict.status import Status
from . import messages
from .candidates import Match, Pullback, Shape, as_float, fingerprint, summed_axes
from .messages import NodeNames, walk

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
NOT_ROUNDED = 1e-8
"""As a share: what is nearer than this has all its digits."""

Found = TypeVar("Found")
Key: TypeAlias = "tuple[Value, int]"
"""A use as (consumer, which operand of it)."""

NOTHING = Pullback(lambda _: 0.0)
"""Of a use that is left out."""


class Use:
    """An edge of the region: one use of a node by a consumer."""

    def __init__(self, consumer: Value, argnum: int, operand: Value, local: Any, upstream: Any) -> None:
        self.consumer, self.argnum, self.operand = consumer, argnum, operand
        self.local = local  # the local derivative, a float or an `arrays.Edge`
        self.upstream = upstream  # the learner's gradient of the consumer
        self.coefficient = getattr(local, "coefficient", local)  # what that is multiplied by
        self.key, self.op = (consumer, argnum), str(consumer.op)
        # The operation of the page of calculus that is applied to each entry; None for no such one.
        self.scalar_op: Any = getattr(consumer.op, "scalar", consumer.op)
        self.other_operands = [node for index, node in enumerate(consumer.operands) if index != argnum]

    @cached_property
    def contribution(self) -> Any:
        """What it passes back."""
        return self.upstream * self.local

    def pass_back(self, passed: Any) -> Any:
        """Return what an entrywise use passes back for these numbers at its consumer."""
        if not hasattr(self.local, "spread"):
            return as_float(passed)
        return self.local.spread(np.broadcast_to(passed, self.consumer.shape), 1.0)


class Contribution(NamedTuple):
    """What comes through one node, or through one use."""

    name: str  # of the node, or of the use in words
    numbers: Any  # what arrives through it
    cut: Value | Key | None  # the node, or the key of the use; None for all there is


def has_number(node: Value, comparison: Comparison) -> bool:
    """Tell whether the gradient of a node was filled in as finite numbers."""
    number = comparison.user_grad(node)
    return number is not None if node.shape else finite_or_none(number) is not None


def _is_right(result: Any) -> bool:
    return result.status is Status.CORRECT or bool(result.rounded)


def _is_passed_over(result: Any) -> bool:
    """Tell whether it is a step that is right and has no name: who computes in closed form skips it."""
    return not result.node.label and _is_right(result)


def _is_rounded(result: Any) -> bool:
    """Tell whether what stands there is right, and has fewer digits than it might have."""
    if not _is_right(result):
        return False
    off = abs((result.numbers if result.shape else result.actual) - result.expected)
    largest, size = (one.max(initial=0.0) if result.shape else one for one in (off, abs(result.expected)))
    return bool(largest > NOT_ROUNDED * size)


class Neighborhood:
    """From a node upwards: through nodes left blank to the first that have a number, the root at the latest.

    The learner may be taken to have gone back from what stands there with all its digits (`is_unrounded`), or past the
    steps without a name though these are filled in (`skips_steps`).

    Attributes:
        node: the node whose gradient is wrong.
        user_grad: what the learner wrote there.
        is_scalar: whether it is all of single numbers, which are floats then, whatever the shape of their nodes. Of a
            number any constant nearby is a factor by chance.
        sources: the nodes with a number that it begins at, nearest first.
        blanks: the nodes between, nearest first.
        between: the same and the node itself.
        walks: how often it may be walked for one kind of candidate.
        uses: the edges between all of them, nearest first.
        tried: by detectors what some entries of an array would be by each of their candidates so far.
    """

    def __init__(
        self, result: NodeResult, comparison: Comparison, *, is_unrounded: bool = False, skips_steps: bool = False
    ) -> None:
        self.comparison, self.node, self._result = comparison, result.node, result
        self._upstream = comparison.precise_upstream if is_unrounded or skips_steps else comparison.upstream
        met: dict[Value, bool] = {self.node: False}
        waiting = [self.node]
        for node in waiting:  # it grows as it is walked
            for consumer, _ in comparison.uses[node]:
                if consumer in met:
                    continue
                is_far = not consumer.shape and len(waiting) >= MOST_SCALARS
                is_filled = has_number(consumer, comparison)
                is_begin = is_filled and not (skips_steps and _is_passed_over(comparison[consumer]))
                met[consumer] = consumer is comparison.root or is_begin or is_far
                if not met[consumer]:
                    waiting.append(consumer)
        sizes = [math.prod(node.shape) for node in met]
        self.is_scalar = set(sizes) == {1}
        self.shape, self.user_grad = self.node.shape, self.value(comparison.user_grad(self.node))
        self.sources = [node for node, is_source in met.items() if is_source]
        self.blanks, self.between = waiting[1:], dict.fromkeys(waiting)
        # Backward order: what a node gets is complete before it is passed on.
        self._order = sorted(met, key=comparison.places.__getitem__)
        self._position = {node: position for position, node in enumerate(self._order)}
        self._cache: dict[Any, Any] = {}
        self.tried: dict[str, list[Any]] = defaultdict(list)
        most = max(FEWEST_EDGES, min(MOST_EDGES, MOST_NUMBERS // max(sum(sizes), 1)))
        self.walks = max(FEWEST_WALKS, min(most, MOST_VISITS // len(met)))
        edges = ((*use, node) for node in self.between for use in comparison.uses[node])
        # Its own uses are looked at without a walk.
        many = min(most, max(len(comparison.uses[self.node]), FEWEST_EDGES, self.walks))
        self.uses = [self._use(*edge) for edge in islice(edges, many)]
        self.node_names = NodeNames(comparison, is_marked=True)
        self.name = self.node_names.__getitem__

    def cached(self, find: Callable[[Neighborhood], Found]) -> Found:
        """Return what a function finds out about the region, computed once."""
        return self._once(find, lambda: find(self))

    def _once(self, key: Any, compute: Callable[[], Any]) -> Any:
        if key not in self._cache:
            self._cache[key] = compute()
        return self._cache[key]

    def value(self, thing: Any) -> Any:
        """Return data or a gradient as the region computes with it: a float, or an array of them."""
        return as_float(thing) if self.is_scalar else np.asarray(thing, dtype=float)

    def spread(self, value: Any, shape: Shape) -> Any:
        """Return a value in a shape that it is broadcast to."""
        is_there = self.is_scalar or getattr(value, "shape", None) == shape
        return value if is_there else np.broadcast_to(value, shape)

    def silence(self) -> AbstractContextManager[Any]:
        """Return a context in which nothing warns: what is not finite is looked at afterwards."""
        return nullcontext() if self.is_scalar else np.errstate(all="ignore")

    def restore_digits(self) -> Neighborhood | None:
        """Return the region with all digits of what was rounded; None where nothing was."""
        uses = self.comparison.uses[self.node][:MOST_EDGES]
        beside = (node for consumer, _ in uses for node in consumer.operands)
        near = {*self.sources[:MOST_EDGES], *beside} - {self.node}
        is_other = self.comparison.tolerance.typed and any(_is_rounded(self.comparison[node]) for node in near)
        return Neighborhood(self._result, self.comparison, is_unrounded=True) if is_other else None

    def skip_steps(self) -> Neighborhood | None:
        """Return the region without unnamed steps that are filled in rightly; None where there are none."""
        is_other = any(_is_passed_over(self.comparison[node]) for node in self.sources if node.operands)
        return Neighborhood(self._result, self.comparison, skips_steps=True) if is_other else None

    def upstream(self, node: Value) -> Any:
        """Return the learner's gradient of a node."""
        gradient = self._upstream[node]
        return as_float(gradient) if self.is_scalar else gradient

    def locals_of(self, node: Value) -> Sequence[Any]:
        """Return the local derivatives of a node, by its operands."""
        found = self.comparison.locals_of(node)
        if not self.is_scalar or node._first is not None:  # of numbers, it is floats already
            return found
        return self._once(("locals", node), lambda: [self.local_derivative(local, node) for local in found])

    def local_derivative(self, local: Any, consumer: Value) -> Any:
        """Return a local derivative; an edge between arrays of one entry as the number that it multiplies by."""
        if isinstance(local, float) or not self.is_scalar:
            return local
        return as_float(np.ones(consumer.shape) * local)

    def _use(self, consumer: Value, argnum: int, operand: Value) -> Use:
        return Use(consumer, argnum, operand, self.locals_of(consumer)[argnum], self.upstream(consumer))

    @cached_property
    def direct(self) -> list[Use]:
        """The uses of the node itself."""
        return [self._use(*use, self.node) for use in self.comparison.uses[self.node]]

    @cached_property
    def uses_of_sources(self) -> list[Use]:
        """The uses of the sources: what their gradients come from."""
        uses = [(*use, node) for node in self.sources for use in self.comparison.uses[node]]
        return [self._use(*use) for use in uses[:MOST_EDGES]]

    def inputs(self, use: Use) -> list[Any]:
        """Return the numbers of the operands of a use's consumer, then its own."""
        nodes = (*use.consumer.operands, use.consumer)
        if not self.is_scalar and not use.consumer.shape:  # of numbers, rules are of numbers
            return [node.data for node in nodes]
        return [self.value(node.data) for node in nodes]

    @cached_property
    def recomputed(self) -> Any:
        """The gradient recomputed from the user's own upstream gradients."""
        is_sum = self.is_scalar or len(self.sources) == 1
        return sum(map(self.contribution_of, self.sources)) if is_sum else self.recompute()

    @cached_property
    def magnitude(self) -> Any:
        """Sum of absolute contributions; float error is measured against it."""
        if self.is_scalar:
            return sum(abs(self.contribution_of(node)) for node in self.sources)
        sizes = {node: abs(self.upstream(node)) for node in self.sources}
        return self._accumulate(sizes, lambda node: local_sizes(node, self.locals_of(node)))

    @cached_property
    def _float_error(self) -> float:
        return 1e-10 * float(self.magnitude if self.is_scalar else self.magnitude.sum())

    def is_same(self, part: Any, other: Any) -> bool:
        """Tell whether two contributions are equal up to float error."""
        return abs(fingerprint(part) - fingerprint(other)) <= self._float_error

    @cached_property
    def match(self) -> Match:
        """What compares candidates with what was written."""
        return Match(self, self._result.actual)

    def explains(self, numbers: Any, *, roughly: bool = False) -> bool:
        """Tell whether they match the user's gradient, `roughly` to two decimals, far better than `recomputed` does."""
        return self.match.explains(numbers, roughly=roughly)

    def recompute(self, numbers: Mapping[Value, Any] | None = None, locals_: Mapping[Key, Any] | None = None) -> Any:
        """Recompute the gradient with other gradients at some nodes, or other local derivatives at some uses."""
        others = locals_ or {}

        def lookup(node: Value) -> Sequence[Any]:
            return [others.get((node, index), local) for index, local in enumerate(self.locals_of(node))]

        gradients = {**{node: self.upstream(node) for node in self.sources}, **(numbers or {})}
        return self._accumulate(gradients, lookup if others else self.locals_of)

    def replace_contribution(self, use: Use, contribution: Any) -> Any:
        """Recompute the gradient with the contribution of one use replaced."""
        return self.recomputed - self.contribution_through(use) + self.pull_back(use.operand, contribution)

    def drop(self, *parts: Contribution) -> Any:
        """Recompute the gradient without some contributions."""
        uses = {part.cut: NOTHING for part in parts if isinstance(part.cut, tuple)}
        nodes = [part.cut for part in parts if part.cut is not None and not isinstance(part.cut, tuple)]
        return self.recompute({node: self.spread(0.0, node.shape) for node in nodes}, uses)

    def pull_back(self, start: Value, gradient: Any) -> Any:
        """Pull the gradient of one node between back to the node."""
        return self.spread(gradient, self.shape) if start is self.node else self.contribution_of(start, gradient)

    def contribution_of(self, node: Value, gradient: Any = None) -> Any:
        """Return the contribution that comes through one node, perhaps with another gradient there."""
        if self.is_scalar:
            return (self.upstream(node) if gradient is None else gradient) * self._reach.get(node, 0.0)
        if gradient is None:
            return self._once(("of", node), lambda: self.contribution_of(node, self.upstream(node)))
        return self._accumulate({node: gradient}, self.locals_of)

    @cached_property
    def _reach(self) -> dict[Value, float]:
        """Of numbers, what arrives at the node from a gradient of 1.0 at each other, through the nodes between."""
        reach: dict[Value, float] = {self.node: 1.0}
        for node in filter(self.between.__contains__, reversed(self._order)):
            for consumer, argnum in self.comparison.uses[node]:
                reach[consumer] = reach.get(consumer, 0.0) + self.locals_of(consumer)[argnum] * reach[node]
        return reach

    def _accumulate(self, gradients: Mapping[Value, Any], locals_of: Any) -> Any:
        """Return what arrives at the node from the gradients of some nodes; those replace what arrives there."""
        sums: dict[Value, Any] = dict.fromkeys(self.between, None)
        first = min((self._position[node] for node in gradients), default=0)

        def pass_gradient(node: Value, incoming: Any) -> Any:
            given = gradients.get(node, incoming)
            return None if given is None else self.spread(given, node.shape)

        sweep(self._order[first : self._position[self.node]], sums, pass_gradient, locals_of)
        gradient = sums[self.node]
        return self.spread(0.0 if gradient is None else gradient, self.shape)

    def contribution_through(self, use: Use) -> Any:
        """Return the contribution that comes through one use."""
        return self._once(("through", use.key), lambda: self.pull_back(use.operand, use.contribution))

    def axes_of(self, use: Use) -> list[int]:
        """Return the axes of its consumer that a use adds up over."""
        axes: list[int] = self._once(("axes", use.key), lambda: summed_axes(use.local, use.consumer.shape))
        return axes

    @cached_property
    def contributions(self) -> list[Contribution]:
        """The contributions, the likelier first, without those that are nothing, all there is, or equal to another."""
        parts = [
            Contribution(self.name(node), self.contribution_of(node), node) for node in self.near_nodes[: self.walks]
        ]
        parts += [Contribution(self.name_of(use), self.contribution_through(use), use.key) for use in self.uses]
        found, known = [], [0.0, fingerprint(self.recomputed)]
        for part in parts:
            mark = fingerprint(part.numbers)
            if not any(abs(mark - other) <= self._float_error for other in known):
                known.append(mark)
                found.append(part)
        return found

    def name_of(self, use: Use) -> str:
        """Return a use in words, for a message."""
        consumer = self.name(use.consumer)
        return f"the use in {consumer}" if use.operand is self.node else f"{consumer} through {self.name(use.operand)}"

    def where(self, use: Use) -> str:
        """Return the operation of a use, and where it stands."""
        return messages.application(use.op, self.node_names.host(use.consumer))

    def names(self, nodes: Iterable[Value]) -> str:
        """Return the names of some nodes as a list in words."""
        return listed(map(self.name, nodes))

    @property
    def whole(self) -> Contribution:
        """All that arrives."""
        return Contribution(self.names(self.sources), self.recomputed, None)

    @cached_property
    def near_nodes(self) -> list[Value]:
        """Its other nodes, those with a name of their own first, and the nearer before the farther."""
        return sorted(dict.fromkeys(use.consumer for use in self.uses), key=lambda node: not node.label)

    def is_wrong(self, node: Value) -> bool:
        """Tell whether the learner made a mistake at a node: two that hold one wrong number are no copies."""
        result = self.comparison[node]
        return result.status is Status.WRONG and not result.rounded

    @cached_property
    def known_nodes(self) -> list[Value]:
        """The labelled or filled in nodes of the whole graph, of numbers of what is near, the nearer first."""

        def beside(node: Value) -> list[Value]:
            first = self.near_nodes if node is self.node else []
            return [*first, *node.operands, *(consumer for consumer, _ in self.comparison.uses[node])]

        near = islice(walk(self.node, beside, len(self.comparison.places)), MOST_SCALARS if self.is_scalar else None)
        return [node for node in near if node.label or has_number(node, self.comparison)]
