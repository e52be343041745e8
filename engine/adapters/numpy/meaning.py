"""Which nodes the name of a number of theirs may mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...value import Value
from .chain import Chain
from .events import Event
from .following import Followed
from .naming import key, says_gradient, stem, whose

MOST_BEFORE = 40


class Meant:
    """The nodes of a forward by the names that their gradients may have."""

    def __init__(self, chain: Chain, followed: Followed) -> None:
        self._chain, self._followed = chain, followed
        self._before: dict[Value, list[Value]] = {}

    def named(self, event: Event, size: int) -> list[Value]:
        """The nodes of a size that have the name, the last made first; of the function's own forward alone, if any.

        A name within sigmoid_backward is the one within sigmoid_forward, whatever else has it too.
        """
        if event.variable[:1] == '"' and event.name in self._followed.leaves:  # grads["W"], beside params["W"]
            return [self._followed.leaves[event.name]]
        found: list[Value] = []
        own = stem(event.function)
        for name in whose(event.name):
            known = [node for node in self._followed.by_name.get(key(name), ()) if node in self._chain]
            fitting = [node for node in known if np.size(node.data) == size]
            here = [node for node in fitting if own and any(stem(n.function) == own for n in self._names(node))]
            found += [node for node in (here or fitting)[::-1] if node not in found]
        return found

    def before(self, node: Value) -> list[Value]:
        """What a node is computed from through nodes of the same shape: df of f = sigmoid(z) may well mean dz."""
        if node in self._before:
            return self._before[node]
        found = self._before[node] = []
        met = {node}
        waiting = [node]
        for one in waiting:  # it grows as it is walked
            if len(found) > MOST_BEFORE:
                break
            for operand in one.operands:
                is_gradient = any(says_gradient(name.text) for name in self._names(operand))
                fits = operand.shape == node.shape and operand in self._chain and not operand.is_constant
                if fits and not is_gradient and not operand.is_leaf and operand not in met:
                    met.add(operand)
                    found.append(operand)
                    waiting.append(operand)
        return found

    def _names(self, node: Value) -> list[Any]:
        return self._followed.names.get(node, [])
