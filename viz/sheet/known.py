"""Look up the names of a graph in what is typed, and check that it fits there."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from handgrad import Value
from handgrad.number import finite_or_none, one_line

from .expression import ExpressionError


class Known:
    """What the names of a graph mean in what is typed."""

    def __init__(
        self, nodes: dict[str, Value], grads: dict[Value, Any] | None = None, more: dict[str, Any] | None = None
    ) -> None:
        """Know nodes by name, their gradients (by default those filled in), and more that is no node: n = 5.0."""
        self.nodes, self._grads, self.more = nodes, grads, more or {}
        self._unspaced = {_strip_spaces(name): node for name, node in nodes.items()}

    def node(self, name: str) -> Value | None:
        """Return the node of a name; an expression may have other spaces: (a * b).grad is that of a*b."""
        return self.nodes.get(name, self._unspaced.get(_strip_spaces(name)))

    def upstream(self, node: Value) -> Any:
        """Return the gradient that is known of a node, None for none."""
        return node.grad if self._grads is None else self._grads.get(node)

    def data(self, name: str) -> Any:
        node = self.node(name)
        return self.more.get(name) if node is None else node.data

    def grad(self, name: str) -> Any:
        node = self.node(name)
        if node is None:
            return None
        grad = self.upstream(node)
        value = grad if node.shape and getattr(grad, "shape", None) == node.shape else finite_or_none(grad)
        if value is None:
            raise ExpressionError(f"The gradient of {one_line(name)[:40]} is not there yet: begin nearer the root.", "")
        return value


class NotYetError(ExpressionError):
    """A gradient is asked for that is itself about to be recomputed."""


class Pending(Known):
    """The same while some of the gradients wait to be recomputed."""

    def __init__(self, known: Known, waiting: Container[Value]) -> None:
        super().__init__(known.nodes, None, known.more)
        self._waiting = waiting

    def upstream(self, node: Value) -> Any:
        if node in self._waiting:
            raise NotYetError("", "")
        return super().upstream(node)


def _strip_spaces(name: str) -> str:
    return name.replace(" ", "")


def check_shape(value: Any, node: Value, name: str) -> None:
    """Refuse an array, or a number, that is no gradient of the node.

    Raises:
        ExpressionError: its shape is another one.
    """
    shape = getattr(value, "shape", ())
    if shape == node.shape:
        return
    if not node.shape:
        raise ExpressionError(f"That is an array of shape {shape}, and {name} is a number.", "")
    given = f"an array of shape {shape}" if shape else "a number"
    raise ExpressionError(f"That is {given}, and the gradient of {name} has its shape, {node.shape}.", "")
