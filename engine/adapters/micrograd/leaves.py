"""One operation of theirs alone: a copy of its node on fresh leaves, or the operation done again on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from inspect import signature
from typing import Any

import numpy as np

from ...arrays.amounts import is_amount, is_number, shape_of
from ...repair.attributes import attributes, put
from ..copies import Copies
from ..errors import UncopiedNodeError
from .engine import ASKED, get
from .graph import Graph, Place
from .pullbacks import as_node


class Leaves:
    """Fresh leaves of their class."""

    def __init__(self, graph: Graph) -> None:
        """Raises `UncopiedNodeError` where their nodes cannot be copied."""
        self._engine = graph.engine
        bottom = [node for node in graph.order if not graph[node].operands]
        # One without a name or a rule of its own.
        self._pattern = next((node for node in bottom if self._engine.is_asked(node)), bottom[0])
        if Copies().of(self._pattern) is self._pattern:
            raise UncopiedNodeError(type(self._pattern).__name__)
        fresh = _constructed(type(self._pattern))
        held = self._engine.raw_grad(graph.root)
        default = None if held is None else held * 0
        self._fresh_grad = default if fresh is None else get(fresh, self._engine.grad_name or "")
        self._flags = {name: flag for name, flag in attributes(fresh).items() if isinstance(flag, bool)}

    def leaf(self, amount: Any, of: Any = None) -> Any:
        """A leaf that holds an amount, with no gradient yet.

        Args:
            of: one of their nodes; where that is asked for its gradient, so is the leaf.
        """
        engine = self._engine
        made = Copies([(held, held) for held in attributes(self._pattern).values() if engine.is_node(held)]).of(
            self._pattern
        )
        self._set_data(made, self.held(amount))
        for name in ASKED:
            if isinstance(get(made, name), bool):
                with suppress(AttributeError):  # a property that is read alone
                    setattr(made, name, of is None or engine.is_asked(of))
        self.clear(made)
        return made

    def _set_data(self, node: Any, amount: Any) -> None:
        """Set its data, and what it keeps of that beside: its shape, say."""
        before = getattr(node, self._engine.data_name)
        self._engine.set_data(node, amount)
        for name, held in attributes(node).items():
            told = _TOLD.get(name.strip("_"))
            if told is not None and type(held) in (tuple, int) and held == told(before):
                put(node, name, told(amount))

    def held(self, amount: Any) -> Any:
        """An amount in the type in which their leaves hold it: a number, or an array, of shape () as well."""
        is_array = isinstance(getattr(self._pattern, self._engine.data_name), np.ndarray)
        return np.array(amount, dtype=float) if is_array or shape_of(amount) else float(amount)

    def clear(self, node: Any) -> None:
        """Set its gradient to what a fresh node has."""
        self._engine.set_grad(node, self.fresh_grad(node))

    def fresh_grad(self, node: Any) -> Any:
        """The gradient of a node that no backward pass has come to."""
        held = self._fresh_grad
        data = getattr(node, self._engine.data_name)
        if held is None or (is_number(held) and not isinstance(held, np.ndarray)):
            return held
        if is_amount(held):
            return np.zeros(shape_of(data))
        return type(held)(np.zeros(shape_of(data)) if isinstance(data, np.ndarray) else 0.0)

    def renew(self, node: Any) -> None:
        """Have a copy of one of their nodes stand as before a backward pass: no gradient, and not marked as done."""
        self.clear(node)
        own = attributes(node)
        for name, flag in self._flags.items():
            if name in own and name not in ASKED and isinstance(own[name], bool):
                put(node, name, flag)

    def preset(self, node: Any, amount: Any) -> None:
        """Have something stand in its gradient already."""
        self._engine.set_grad(node, self.as_grad(amount))

    def as_grad(self, amount: Any) -> Any:
        """An amount as their nodes hold a gradient."""
        held = self.held(amount)
        return as_node(self._engine, held) if self._engine.grads_are_nodes else held

    def alone(self, place: Place) -> tuple[Any, list[Any]]:
        """A copy of a node and fresh leaves in the place of its operands."""
        fresh = self.of_each(place, [self._engine.data(operand) for operand in place.operands])
        for operand, leaf in zip(place.operands, fresh):
            raw = getattr(operand, self._engine.data_name)
            if isinstance(raw, np.ndarray) and raw.dtype.kind in "iu":  # targets, say, that pick by their numbers
                self._engine.set_data(leaf, raw.copy())
        made = fresh_copy(place, fresh)
        self.clear(made)
        return made, fresh

    def of_each(self, place: Place, amounts: Sequence[Any]) -> list[Any]:
        """Fresh leaves for the operands of a node, one for two that are the same."""
        made: dict[int, Any] = {}
        for operand, amount in zip(place.operands, amounts):
            if id(operand) not in made:
                made[id(operand)] = self.leaf(amount, operand)
        return [made[id(operand)] for operand in place.operands]


_TOLD: Mapping[str, Callable[[Any], Any]] = {"shape": np.shape, "ndim": np.ndim, "size": np.size}
"""What nodes keep of their data in attributes of their own."""


def fresh_copy(place: Place, fresh: Sequence[Any]) -> Any:
    """A copy of a node with others in the place of its operands."""
    return Copies(zip(place.operands, fresh)).of(place.node)


def _constructed(kind: type) -> Any:
    """A node that is just made, by the class's own call, that wants a gradient; None where that takes more."""
    wanted: dict[str, Any] = {}
    with suppress(TypeError, ValueError):  # no signature to be had
        wanted = {name: True for name in signature(kind).parameters if name in ASKED}
    for data in (0.5, np.array([0.5])):
        try:
            return kind(data, **wanted)
        except Exception:  # whatever their class says of it
            continue
    return None
