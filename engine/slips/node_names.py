"""What the steps of a network are called in a sentence about an array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..names import LONGEST_NUMBER, OUTPUT
from ..number import one_line
from ..verdict.sentences import listed
from . import messages

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison

MOST_STEPS = 300
"""So many nodes further on a label is looked for."""


class NodeNames:
    """The names of a comparison's nodes in sentences.

    Attributes:
        comparison: the comparison.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self._known: dict[Value, str] = {}

    def __getitem__(self, node: Value) -> str:
        """Return a node's label or expression, or else what made it: "the difference in error"."""
        if node not in self._known:
            self._known[node] = self._named(node)
        return self._known[node]

    def _named(self, node: Value) -> str:
        if node.is_constant and not node.shape and len(node.label) > LONGEST_NUMBER:
            return f"{node.data:.4g}"
        if node is self.comparison.root and not node.label and any(operand.shape for operand in node.operands):
            return OUTPUT
        return one_line(self.comparison.names.phrase(node)) or "a constant"

    def is_step(self, node: Value) -> bool:
        """Tell whether a node has no name of its own, and is told by what made it and what it goes into."""
        return self.comparison.names.is_step(node)

    def around(self, node: Value) -> str:
        """Return what an operation stands in: the node that it makes, or where that has no name what it goes into."""
        if not self.is_step(node):
            return self[node]
        of = next(self.labelled_from(node), None)
        return OUTPUT if of is None else one_line(self.comparison.names[of])

    def axes_of(self, node: Value) -> str:
        """Return the name of an array that has the axes of a step: the nearest of its shape that it goes into."""
        if not self.is_step(node):
            return self[node]
        of = next((each for each in self.labelled_from(node) if each.shape == node.shape), node)
        return self[of]

    def labelled_from(self, node: Value) -> Iterator[Value]:
        """Yield the nodes with a label that are computed from it, and itself where it has one, the nearest first."""
        met = dict.fromkeys([node])
        waiting = [node]
        for each in waiting:  # it grows as it is walked
            if each.label:
                yield each
            if len(met) > MOST_STEPS:
                return
            for consumer, _ in self.comparison.uses[each]:
                if consumer not in met:
                    met[consumer] = None
                    waiting.append(consumer)

    def factor(self, node: Value) -> str:
        """Return the name of a factor of a product, without the transposes that it stands there with."""
        while not node.label and node.op is not None and node.op.name == "transpose":
            (node,) = node.operands
        return self[node]

    def letters(self, consumer: Value) -> Mapping[str, str]:
        """Return what the letters of a rule stand for in one application, as of `messages.letters`."""
        nodes = (consumer, *consumer.operands)
        unnamed = {self[node] for node in nodes if self.is_step(node)}
        found = messages.letters(self[consumer], [self[operand] for operand in consumer.operands])
        return {letter: messages.OF_EACH[letter] if name in unnamed else name for letter, name in found.items()}

    def listed(self, nodes: Iterable[Value]) -> str:
        """Return the names of some nodes as a list in words."""
        return listed(self[node] for node in nodes)
