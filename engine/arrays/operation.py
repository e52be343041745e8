"""An operation on whole arrays, as a record: its forward rule, and an edge for each operand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..graph import is_node
from ..ops import Op
from .edges import quiet


class Ties(NamedTuple):
    """Which entries of an operation's input are equal where it picks one of them.

    Attributes:
        is_equal: those that it might have picked, in the input's shape.
        total: an array of that shape -> for each entry the sum over all that compete with it.
    """

    is_equal: Any
    total: Callable[[Any], Any]


class ArrayOp(Op):
    """An operation on arrays: its forward takes and gives NumPy's arrays, its local derivatives are Edges.

    Called on nodes, numbers or arrays of numbers it makes one node: an Array, or where the result has shape ()
    a Value.

    Attributes:
        scalar: the operation on numbers that it applies to each entry; None where it is no such one.
        detail: its parameters in words, such as "axis=0"; "" for none.
        lets_masks_through: whether an entry of -inf may come out where one went in.
        ties: (input, output) -> `Ties`, where equal entries may share a gradient in any way; None where none may.
    """

    __slots__ = ("scalar", "detail", "lets_masks_through", "ties")

    quiet = quiet

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        derivatives: Callable[..., Sequence[Any]],
        *,
        scalar: Op | None = None,
        detail: str = "",
        rule: tuple[str, ...] = (),
        domain: str = "",
        precedence: int = 0,
        slips: tuple[Any, ...] = (),
        lets_masks_through: bool = False,
        cancelling: Callable[..., Sequence[Any]] | None = None,
        ties: Callable[[Any, Any], Ties] | None = None,
    ) -> None:
        def quietly(*inputs: Any) -> Any:  # what is not finite is an error of ours, with names
            with quiet:
                return forward(*map(_box_float, inputs))

        def derive(*inputs_and_output: Any) -> Sequence[Any]:
            with quiet:
                return derivatives(*map(_box_float, inputs_and_output))

        super().__init__(name, quietly, derive, rule, domain, precedence, slips, cancelling)
        self.scalar, self.detail, self.lets_masks_through, self.ties = scalar, detail, lets_masks_through, ties


def _box_float(thing: Any) -> Any:
    return np.asarray(thing) if isinstance(thing, float) else thing


def carry_out(op: ArrayOp, *operands: Any) -> Any:
    """Carry out the operation: on nodes to a node, on arrays of numbers to an array."""
    return op(*operands) if any(map(is_node, operands)) else op.forward(*operands)
