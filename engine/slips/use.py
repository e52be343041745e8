"""One use of a node, and a part of a gradient: what the search for a slip edits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from ..value import Value

Cut: TypeAlias = "Value | tuple[Value, int]"
"""A node, or a use as (consumer, which operand of it), that nothing comes through."""


class Use(NamedTuple):
    """An edge of the region: one use of a node by a consumer.

    Attributes:
        consumer, argnum: the consumer, and which operand of it.
        operand: the node that is used.
        local: the local derivative, a float or an `arrays.Edge`.
        upstream: the learner's gradient of the consumer.
    """

    consumer: Value
    argnum: int
    operand: Value
    local: Any
    upstream: Any

    @property
    def contribution(self) -> Any:
        return self.upstream * self.local

    @property
    def key(self) -> tuple[Value, int]:
        return self.consumer, self.argnum

    @property
    def other_operands(self) -> list[Value]:
        """The consumer's other operands."""
        return [node for index, node in enumerate(self.consumer.operands) if index != self.argnum]

    @property
    def scalar_op(self) -> Any:
        """The operation of the page of calculus that the consumer's applies to each entry; None for no such one."""
        op = self.consumer.op
        return getattr(op, "scalar", op)

    @property
    def coefficient(self) -> Any:
        """What the upstream gradient is multiplied by."""
        return getattr(self.local, "coefficient", self.local)


class Contribution(NamedTuple):
    """What comes through one node, or through one use.

    Attributes:
        name: of the node, or of the use in words.
        numbers: what arrives through it.
        cut: the node or the use; None for all there is.
    """

    name: str
    numbers: Any
    cut: Cut | None


class Pullback:
    """In the place of a local derivative: what is passed back by whatever function of the upstream gradient."""

    # NumPy leaves `upstream * passing` to it.
    __array_ufunc__ = None

    def __init__(self, back: Callable[[Any], Any]) -> None:
        self._back = back

    def __rmul__(self, upstream: Any) -> Any:
        return self._back(upstream)

    def __abs__(self) -> Pullback:
        return self


NOTHING = Pullback(lambda _: 0.0)
"""Of a use that is left out."""
