"""Gradients to hold others to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..value import Value


class Reference(Mapping["Value", Any]):
    """Gradients by their nodes, as `compare(reference=...)` takes them: floats, arrays for nodes that hold arrays.

    Attributes:
        noise: how far each may itself be off, in the same shapes; nothing where it is exact. `compare` allows for it.
        is_own: whether they are autodiff's, of every node of a graph that has not changed since: then `compare` takes
            them as they are, and works nothing out again.
    """

    def __init__(
        self, gradients: Mapping[Value, Any], noise: Mapping[Value, Any] | None = None, *, is_own: bool = False
    ) -> None:
        self._gradients = dict(gradients)
        self.noise = dict(noise or {})
        self.is_own = is_own

    def __getitem__(self, node: Value) -> Any:
        return self._gradients[node]

    def __iter__(self) -> Iterator[Value]:
        return iter(self._gradients)

    def __len__(self) -> int:
        return len(self._gradients)

    def __repr__(self) -> str:
        return f"Reference({self._gradients!r})"
