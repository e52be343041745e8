"""A network with its backward pass by hand, array by array, and mistakes that are planted in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from handgrad import Comparison, Slip, compare, label, manual
from handgrad.arrays import array

Namer = Callable[[str, Any], Any]
Rule = Callable[[SimpleNamespace, SimpleNamespace], Any]
"""(the float arrays of the forward pass, the gradients so far) -> a gradient."""


class Mistake(NamedTuple):
    """A mistake.

    Attributes:
        array: where it is made.
        kinds: the kinds of slip that name it rightly.
        words: a pattern that a fitting sentence holds.
        rule: what is written there.
        blank: the arrays that are not filled in, as where a layer is done in one go.
    """

    array: str
    kinds: tuple[str, ...]
    words: str
    rule: Rule
    blank: tuple[str, ...] = ()


class Found(NamedTuple):
    """What the comparator says of one mistake."""

    mistake: Mistake
    causes: list[str]
    slip: Slip | None

    @property
    def is_placed(self) -> bool:
        return self.causes == [self.mistake.array]

    @property
    def is_first(self) -> bool:
        return self.slip is not None and self.slip.kind in self.mistake.kinds

    @property
    def is_offered(self) -> bool:
        return self.slip is not None and not {self.slip.kind, *self.slip.also}.isdisjoint(self.mistake.kinds)

    @property
    def is_named(self) -> bool:
        """Whether the first kind is right and the sentence says what it is about."""
        return self.is_first and re.search(self.mistake.words, self.slip.message) is not None


class Lesson:
    """A network as nodes and as floats; the nodes are made once and filled again and again."""

    def __init__(
        self,
        leaves: Mapping[str, Any],
        forward: Callable[[Mapping[str, Any], Namer], SimpleNamespace],
        rules: Mapping[str, Rule],
    ) -> None:
        """Make it.

        Args:
            forward: (leaves, what names an array and gives it back) -> every array by its name, and `loss`.
            rules: the right rules, in backward order.
        """
        self.rules = rules
        self.numbers = forward(leaves, lambda _, numbers: numbers)
        with manual():
            nodes = {name: array(numbers, name) for name, numbers in leaves.items()}
            self.nodes = forward(nodes, lambda name, node: label(node, name))

    def fill(
        self,
        wrong: Mapping[str, Rule] | None = None,
        blank: Iterable[str] = (),
        typed: Callable[[Any], Any] = np.asarray,
    ) -> SimpleNamespace:
        """Fill in every array by the rules, some replaced by wrong ones; what follows is computed from those.

        Args:
            typed: what is done to each gradient before it is written and carried on, such as a rounding.
        """
        d = SimpleNamespace()
        for name, rule in self.rules.items():
            gradient = typed((wrong or {}).get(name, rule)(self.numbers, d))
            setattr(d, name, gradient)
            getattr(self.nodes, name).grad = None if name in blank else gradient
        return d

    def compared(self, wrong: Mapping[str, Rule] | None = None, **how: Any) -> Comparison:
        self.fill(wrong, **how)
        return compare(self.nodes.loss)

    def found(self, mistake: Mistake, **how: Any) -> Found:
        comparison = self.compared({mistake.array: mistake.rule}, blank=mistake.blank, **how)
        causes = [result.name for result in comparison.causes]
        return Found(mistake, causes, comparison[getattr(self.nodes, mistake.array)].slip)


def rounded(digits: int) -> Callable[[Any], Any]:
    """To so many significant digits, as people type numbers."""
    return np.vectorize(lambda number: float(f"{number:.{digits}g}"), otypes=[float])
