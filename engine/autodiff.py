"""The chain rule, written once.

The gradient of an operand is the sum, over its uses, of the consumer's own gradient (the
*upstream gradient*) times the consumer's *local derivative* by that operand. Between numbers a
local derivative is a number. Where a node holds an array it is a linear map, an `arrays.Edge`, and
`upstream * local` applies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import DomainError, ManualModeError, NotOneNumberError
from .graph import topological_order, walking
from .local import finite_or_error, local_derivatives, no_derivative
from .manual import MANUAL, ask_for_gradients
from .names import Names
from .ops import ADD, MULTIPLY

if TYPE_CHECKING:
    from .value import Value


def backward(root: Value) -> None:
    """Add d root / d node to the grad of every node of the graph.

    Raises:
        ManualModeError: a node of the graph was made in manual mode.
        NotOneNumberError: `root` is an array.
        DomainError: an operation has no finite derivative where it stands; no grad is changed.
        ByHandError: this runs where the gradients are to be worked out by hand.
    """
    with walking:
        order = backward_sweep(root)
        for node in order:
            if node._mode is MANUAL:
                names = Names(root)
                raise ManualModeError(names[root], names[node])
        for node in order:
            node.grad = node._scratch if node.grad is None else node.grad + node._scratch


def backward_sweep(root: Value, order: list[Value] | None = None) -> list[Value]:
    """Walk the chain rule from `root`; returns the backward order, which a caller that has just walked may give.

    Afterwards each node's gradient stands in its `_scratch`, valid while the caller holds
    `graph.walking`.
    """
    ask_for_gradients()
    order = topological_order(root)[::-1] if order is None else order
    if root.shape:
        raise NotOneNumberError(Names(root)[root], root.shape)
    root._scratch = 1.0
    try:
        for node in order:
            upstream = node._scratch
            first = node._first
            # operand gradient += upstream gradient * local derivative: that is all of backpropagation.
            # `pass_on` says it for any node. Operations on one and two numbers, which is nearly every
            # node, are written out, and sums and products, the most of these, with their rule from
            # `ops`: that more than halves the time of the sweep.
            if first is None:  # a leaf, or an operation on arrays
                if upstream.__class__ is not float or upstream - upstream != 0.0:
                    upstream = node._scratch = finite_or_error(upstream, node, root)
                if node._rest:
                    pass_on(node, upstream, local_derivatives(node), _IN_SCRATCH)
                continue
            if upstream - upstream != 0.0:  # nan or infinite
                upstream = node._scratch = finite_or_error(upstream, node, root)
            second, op = node._second, node.op
            if second is None:
                (by_first,) = op._local(first._data, node._data)  # type: ignore[union-attr]
                first._scratch += upstream * by_first
            elif op is ADD:
                first._scratch += upstream
                second._scratch += upstream
            elif op is MULTIPLY:
                first._scratch += upstream * second._data
                second._scratch += upstream * first._data
            elif not node._rest:
                by_first, by_second = op._local(first._data, second._data, node._data)  # type: ignore[union-attr]
                first._scratch += upstream * by_first
                second._scratch += upstream * by_second
            else:
                pass_on(node, upstream, local_derivatives(node), _IN_SCRATCH)
    except (ArithmeticError, ValueError) as error:
        if isinstance(error, DomainError):
            raise
        raise no_derivative(node, Names(root)) from error
    return order


class _InScratch:
    """The running sums that a sweep keeps in the nodes themselves."""

    def __contains__(self, node: Value) -> bool:
        return not node._mode.is_constant

    def __getitem__(self, node: Value) -> Any:
        return node._scratch

    def __setitem__(self, node: Value, gradient: Any) -> None:
        node._scratch = gradient


_IN_SCRATCH = _InScratch()


def pass_on(node: Value, upstream: Any, locals_: Sequence[Any], sums: Any) -> None:
    """operand gradient += upstream gradient * local derivative, for each operand of `node` that has a sum.

    Args:
        upstream: the gradient of `node`: a number, an array, or a node that holds one.
        locals_: the derivative of `node` by each of its operands.
        sums: the gradients so far, as a dict has them; None for nothing yet.
    """
    for operand, local in zip(node.operands, locals_):
        if operand in sums:
            so_far, contribution = sums[operand], upstream * local
            sums[operand] = contribution if so_far is None else so_far + contribution
