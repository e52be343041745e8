"""What the gradients of a forward are to be: those of its traced graph, or slopes that were measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...arrays.amounts import largest, near
from ...arrays.filled import fill
from ...comparator import compare
from ...repair.trial import Numbers
from ...value import Value
from ...verdict.comparison import Comparison
from ...verdict.convention import counts
from ...verdict.rounding import Reference
from .chain import Chain
from .naming import whose

NEAR, NEAR_COARSE, MEASURED = 1e-5, 1e-3, 1e-4
"""How near numbers must be, as a share of the largest; the second of less than double precision, the third where the
truth is measured."""
FLOOR = 1e-7
"""How far a number may be off as a share of the largest of its array: small ones may be differences of large ones."""
MOST_MULTIPLES = 3
MOST_NODES = 150
"""In a larger graph it takes too long to ask of each number on the way whether the rest follows from it."""
MOST_NODES_OF_LOOP = 1_500
MOST_STEPS = 6


class Followed(NamedTuple):
    """Numbers as the gradients of nodes, and what arrives at each node then.

    Attributes:
        times: what the numbers were divided by: some divide by what a mean is over at the inputs alone.
    """

    given: Mapping[Value, Any]
    arrived: Mapping[Value, Any]
    times: int


@dataclass(frozen=True)
class Expected:
    """The gradients that a backward is to give, and on the way to them.

    Attributes:
        root: of the graph.
        leaves: by the names of what they are of, the nodes of the gradients that are checked.
        reference: the gradients.
        chain: the traced graph; None where the forward was not followed.
        inner: the nodes of it that the user's forward has made.
        is_coarse: whether less than double precision was met.
    """

    root: Value
    leaves: Mapping[str, Value]
    reference: Reference
    chain: Chain | None = None
    inner: frozenset[Value] = frozenset()
    is_coarse: bool = False

    @classmethod
    def traced(cls, chain: Chain, leaves: Mapping[str, Value], outs: Sequence[Any], *, is_coarse: bool) -> Expected:
        """Return those of a traced graph.

        Args:
            outs: the nodes of the results.
        """
        given = [out for out in outs if out in chain]
        inner = frozenset({*leaves.values(), *given, *(node for out in given for node in chain.below(out))})
        truth: dict[Value, Any] = {
            node: number if node.shape else float(number) for node, number in chain.truth.items()
        }
        floors = {
            node: np.broadcast_to(FLOOR * largest(number), node.shape) if node.shape else FLOOR * abs(number)
            for node, number in truth.items()
        }
        return cls(chain.root, leaves, Reference(truth, floors, is_own=True), chain, inner, is_coarse)

    @property
    def share(self) -> float:
        """Return how near numbers must be."""
        return MEASURED if self.chain is None else NEAR_COARSE if self.is_coarse else NEAR

    @cached_property
    def truth(self) -> dict[str, Any]:
        """Return the gradients by their names."""
        return {name: self.reference[node] for name, node in self.leaves.items()}

    def is_right(self, name: str, value: Any) -> bool:
        """Tell whether a gradient of this name is right."""
        truth, value = np.asarray(self.truth[name], dtype=float), np.asarray(value)
        if value.shape != truth.shape:
            return False
        return near(self._without_ties(self.leaves[name], value), truth, self.share, 1e-12)

    def compare(self, given: Mapping[Value, Any]) -> Comparison:
        """Return the verdict on some numbers as the gradients of nodes."""
        for node in self.reference:
            node.grad = None
        for node, value in given.items():
            fill(node, self._as_filled(node, value))
        rtol = MEASURED if self.chain is None else NEAR
        return compare(self.root, nodes=list(given), reference=self.reference, rtol=rtol, typed=False)

    def _as_filled(self, node: Value, value: Any) -> Any:
        numbers = np.asarray(value)
        if self.is_coarse and numbers.dtype == np.float64:
            numbers = numbers.astype(np.float32)
        if not node.shape:
            if numbers.size == 1:
                return numbers.reshape(()).item() if numbers.dtype == np.float64 else numbers.reshape(())[()]
            return numbers
        if numbers.shape != node.shape and not node.is_leaf and numbers.size == np.size(node.data):
            numbers = numbers.reshape(node.shape)
        return self._without_ties(node, numbers) if numbers.shape == node.shape else numbers

    def _without_ties(self, node: Value, numbers: Any) -> Any:
        """Replace the numbers at a kink by ours, as any slope will do there."""
        ties = None if self.chain is None else self.chain.ties(node)
        if ties is None or not np.isfinite(numbers).all():
            return numbers
        return np.where(ties, np.asarray(self.reference[node]).astype(numbers.dtype), numbers)

    def known(self) -> Iterator[Numbers]:
        """Yield what is true of the forward."""
        for name, value in self.truth.items():
            yield Numbers("gradient", name, np.asarray(value, dtype=float))
        if self.chain is None:
            return
        times = [count for count in sorted(counts(self.chain.order)) if count > 1][:MOST_MULTIPLES]
        for node in (one for one in self.chain.order if one in self.inner):
            gradient = np.asarray(self.chain.truth[node], dtype=float)
            yield Numbers("data", node, np.asarray(node.data, dtype=float))
            yield Numbers("gradient", node, gradient)
            for count in times if node.op is not None else ():
                yield Numbers("multiple", node, count * gradient)
            for part in self.chain.contributions(node, self.chain.truth):
                yield Numbers("part", node, np.asarray(part, dtype=float))

    def is_name_of(self, name: str, of: Any) -> bool:
        """Tell whether a variable's name says whose gradient it is.

        dh of h = tanh(z) may well mean that of z.
        """
        met = 0
        while (
            self.chain is not None
            and isinstance(of, Value)
            and not of.label
            and self.chain.uses[of]
            and met < MOST_STEPS
        ):
            of, met = self.chain.uses[of][0][0], met + 1
        return getattr(of, "label", of) in whose(name)

    def recompute(self, value: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the gradients that follow if some numbers are those of a node.

        One set for each node that they may be of.
        """
        yield from map(self._at_leaves, self.followed_from([value]))

    def recompute_loop(self, values: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the same for as many nodes of one kind."""
        yield from map(self._at_leaves, self.followed_from(values))

    def _at_leaves(self, followed: Followed) -> Mapping[str, Any]:
        return {name: np.asarray(followed.arrived.get(leaf, 0.0)) for name, leaf in self.leaves.items()}

    def followed_from(self, values: Sequence[Any]) -> Iterator[Followed]:
        """Yield the nodes whose gradients some numbers may be and are not.

        Each comes with what follows from the numbers then.
        """
        chain = self.chain
        if chain is None or len(chain.order) > (MOST_NODES if len(values) == 1 else MOST_NODES_OF_LOOP):
            return
        scales = [1, *(count for count in sorted(counts(chain.order)) if count > 1)][:MOST_MULTIPLES]
        for nodes in self._alike(len(values), np.shape(values[0])):
            pairs = list(zip(nodes, values))
            if any(np.shape(value) != node.shape for node, value in pairs):
                continue
            for times in scales:
                given = {node: value if times == 1 else value / times for node, value in pairs}
                if not all(near(given[node], chain.truth[node], 10 * self.share) for node in given):
                    yield Followed(given, chain.with_given(given), times)

    def _alike(self, count: int, shape: tuple[int, ...]) -> Iterator[list[Value]]:
        """Yield `count` nodes of one shape that a loop may have made, in either order."""
        nodes = list(self.inner_nodes(shape))
        if count == 1:
            yield from ([node] for node in nodes)
            return
        met: list[list[Value]] = []
        for role in (_name, _use, _operands, lambda *_: ""):
            some: dict[str, list[Value]] = {}
            for node in nodes:
                some.setdefault(f"{node.op} {role(node, self.chain)}", []).append(node)
            met += [one for one in some.values() if count - 1 <= len(one) <= count and len(one) > 1 and one not in met]
        for one in met:  # what the last step writes may be the gradient of what the step before has made
            yield from (one, one[1:], one[::-1], one[-2::-1])

    def inner_nodes(self, shape: tuple[int, ...]) -> Iterable[Value]:
        """Return the nodes of a shape between the output and the inputs."""
        nodes = () if self.chain is None else self.chain.order
        return (node for node in nodes if node.op is not None and node in self.inner and node.shape == shape)


def _name(node: Value, _: Any) -> str:
    return node.label


def _use(node: Value, chain: Any) -> str:
    """Describe what is made of a node, up to what has a name."""
    ops: list[str] = []
    while chain.uses[node] and len(ops) < MOST_STEPS:
        node = chain.uses[node][0][0]
        ops.append(str(node.op))
        if node.label:
            break
    return f"{ops} {node.label}"


def _operands(node: Value, _: Any) -> str:
    return " ".join(str(operand.op) for operand in node.operands)
