"""Small networks made on the spot, in which one array is filled in wrongly and the others rightly or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad import Comparison, Slip, compare, gradients, label, manual
from handgrad.arrays import array

Rule = Callable[[SimpleNamespace, SimpleNamespace], Any]
"""(the data of every array, their true gradients) -> a wrong gradient."""


class Net:
    """What a builder makes of labelled leaves.

    The builder is called with what names a node and gives it back, and with the leaves; it gives the loss.
    """

    def __init__(self, build: Callable[..., Any], **leaves: Any) -> None:
        with manual():
            self.nodes = {name: array(np.array(numbers), label=name) for name, numbers in leaves.items()}
            made = dict(self.nodes)
            self.loss = build(lambda text, node: made.setdefault(text, label(node, text)), **self.nodes)
        self.nodes = made
        self.true = gradients(self.loss)

    def __getattr__(self, name: str) -> Any:
        """A node by its name."""
        try:
            return self.__dict__["nodes"][name]
        except KeyError:
            raise AttributeError(name) from None

    def compared(self, name: str, rule: Rule | None, blank: Collection[str] = ()) -> Comparison:
        x = SimpleNamespace(**{text: node.data for text, node in self.nodes.items()})
        d = SimpleNamespace(**{text: self.true[node] for text, node in self.nodes.items()})
        for text, node in self.nodes.items():
            node.grad = None if text in blank else self.true[node]
        if rule is not None:
            self.nodes[name].grad = rule(x, d)
        return compare(self.loss)

    def slip(self, name: str, rule: Rule, blank: Collection[str] = ()) -> Slip | None:
        """The slip at one array, the only cause."""
        comparison = self.compared(name, rule, blank)
        (cause,) = comparison.causes
        assert cause.name == name
        return cause.slip


def named(net: Net, wrong: Mapping[str, Any], blank: Collection[str] = ()) -> Slip | None:
    """The slip of the first array of `wrong`, where these numbers stand; the others are right, or left blank."""
    for name, node in net.nodes.items():
        node.grad = None if name in blank else wrong.get(name, net.true[node])
    return compare(net.loss)[net.nodes[next(iter(wrong))]].slip


def normal(*shape: int, seed: int = 2) -> Any:
    return np.random.default_rng(seed).normal(size=shape)
