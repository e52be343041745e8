"""What the steps of a network are called in a sentence about an array."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..names import LONGEST_PHRASE, expression
from ..number import one_line
from . import sentences

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison

MADE = {
    "+": "the sum",
    "-": "the difference",
    "*": "the product",
    "@": "the product",
    "/": "the quotient",
    "**": "the power",
    "neg": "the negative",
    "sum": "the sum",
    "mean": "the mean",
    "max": "the maximum",
    "min": "the minimum",
    "index": "the selection",
}
"""What some operations make, in words; that of another is told by its name."""
MOST_STEPS = 300
"""So many nodes further on a label is looked for."""
_LONG_NUMBER = re.compile(r"\d+\.\d{6,}(e[+-]?\d+)?")
"""A constant that nobody has written so."""


class Words:
    """The names of a comparison's nodes in sentences.

    Attributes:
        comparison: the comparison.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self._known: dict[Value, str] = {}
        self._steps: set[Value] = set()

    def __getitem__(self, node: Value) -> str:
        """A node's label or expression, or where that would name nothing, what made it: "the difference in error"."""
        if node not in self._known:
            self._known[node] = _LONG_NUMBER.sub(lambda long: f"{float(long[0]):.4g}", self._named(node))
        return self._known[node]

    def _named(self, node: Value) -> str:
        if node is self.comparison.root and not node.label:
            is_of_arrays = any(operand.shape for operand in node.operands)
            return ("" if is_of_arrays else expression(node, LONGEST_PHRASE)) or "the output"
        if node.is_leaf or node.label or expression(node, LONGEST_PHRASE) or any(map(_is_said, node.operands)):
            return one_line(self.comparison.names.phrase(node))
        self._steps.add(node)
        return f"{MADE.get(str(node.op)) or 'the ' + sentences.operation(node.op)} in {self._goes_into(node)}"

    def _goes_into(self, node: Value) -> str:
        of = next(self.labelled_from(node), None)
        return "the output" if of is None else one_line(self.comparison.names[of])

    def is_step(self, node: Value) -> bool:
        """Whether a node has no name of its own, and is told by what made it and what it goes into."""
        return bool(self[node]) and node in self._steps

    def around(self, node: Value) -> str:
        """What an operation stands in: the node that it makes, or where that has no name what it goes into."""
        return self._goes_into(node) if self.is_step(node) else self[node]

    def labelled_from(self, node: Value) -> Iterator[Value]:
        """The nodes with a label that are computed from it, and itself where it has one, the nearest first."""
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
        """The name of a factor of a product, without the transposes that it stands there with."""
        while not node.label and node.op is not None and node.op.name == "transpose":
            (node,) = node.operands
        return self[node]

    def letters(self, consumer: Value) -> Mapping[str, str]:
        """What the letters of a rule stand for in one application, as of `sentences.letters`."""
        nodes = (consumer, *consumer.operands)
        unnamed = {self[node] for node in nodes if self.is_step(node)}
        found = sentences.letters(self[consumer], [self[operand] for operand in consumer.operands])
        return {letter: sentences.OF_EACH[letter] if name in unnamed else name for letter, name in found.items()}

    def listed(self, nodes: Iterable[Value]) -> str:
        """The names of some nodes as a list in words."""
        return sentences.listed(self[node] for node in nodes)


def _is_said(operand: Value) -> bool:
    """Whether a phrase with the operand in it names an array."""
    return not operand.is_constant and bool(expression(operand))
