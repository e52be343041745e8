"""The chain rule, written once.

The gradient of an operand is the sum, over its uses, of the consumer's own gradient (the
*upstream gradient*) times the consumer's *local derivative* by that operand. Between numbers a
local derivative is a number. Where a node holds an array it is a linear map, an `arrays.Edge`, and
`upstream * local` applies it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .errors import DomainError, ManualModeError, NotOneNumberError
from .graph import topological_order, walking
from .local import is_finite, local_derivatives, no_derivative, settle
from .manual import MANUAL, UNTOUCHED, Mode, require_gradients
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
        ByHandError: this runs where the gradients are to be computed by hand.
    """
    with walking:
        for node in backward_sweep(root, refused=MANUAL):
            grad, total = node.grad, node._scratch
            if grad is UNTOUCHED:  # as nearly always
                node.grad = total
            elif total.__class__ is not float and node.shape:  # nobody else has it: there is no copy to be made
                node._grad = total if grad is None else grad + total  # type: ignore[attr-defined]
            else:
                node.grad = total if grad is None else grad + total


def backward_sweep(
    root: Value,
    order: list[Value] | None = None,
    refused: Mode | None = None,
    chosen: Mapping[Value, Sequence[Any]] = MappingProxyType({}),
) -> list[Value]:
    """Walk the chain rule from `root`; then each node's `_scratch` holds its gradient.

    Args:
        root: where backward starts; the caller holds `graph.walking` as long as it reads the gradients.
        order: the backward order, of a caller that has just walked.
        refused: a mode whose nodes are an error.
        chosen: the local derivatives of operations on arrays that are to be others than their rule's.

    Returns:
        The backward order.
    """
    require_gradients()
    if order is None:
        order = topological_order(root)
        order.reverse()
    if root.shape:
        raise NotOneNumberError(Names(root)[root], root.shape)
    root._scratch = 1.0
    is_in_doubt = is_quiet = False
    node: Any
    with ExitStack() as stack:
        try:
            for node in order:
                if node._mode is refused:
                    names = Names(root)
                    raise ManualModeError(names[root], names[node])
                # operand gradient += upstream gradient * local derivative: that is all of backpropagation, and
                # `pass_on` says it for any node. Operations on one and two numbers, nearly every node, are written
                # out, and sums and products, the most of these, with their rule from `ops`: it halves the time.
                upstream, op = node._scratch, node.op
                first, second = node._first, node._second
                if op is ADD:
                    first._scratch += upstream
                    second._scratch += upstream
                elif op is MULTIPLY:
                    first._scratch += upstream * second._data
                    second._scratch += upstream * first._data
                elif second is not None:
                    by_first, by_second = op._local(first._data, second._data, node._data)
                    first._scratch += upstream * by_first
                    second._scratch += upstream * by_second
                elif first is not None:
                    (by_first,) = op._local(first._data, node._data)
                    first._scratch += upstream * by_first
                elif op is None:
                    # What is not finite comes down to a leaf, from wherever it was: it is enough to look there.
                    if upstream.__class__ is not float or upstream - upstream != 0.0:
                        is_in_doubt = is_in_doubt or not is_finite(upstream)
                else:  # an operation on arrays or on more than two nodes
                    if op.quiet is not None and not is_quiet:
                        is_quiet = stack.enter_context(op.quiet) is None
                    # What is not finite stays so entry by entry; elsewhere it may be left out on the way.
                    if getattr(op, "scalar", None) is None and not is_finite(upstream):
                        settle(order)
                    _pass_on_in_scratch(node, upstream, chosen.get(node) or local_derivatives(node))
            if is_in_doubt:
                settle(order)
        except (ArithmeticError, ValueError) as error:
            if isinstance(error, DomainError):
                raise
            raise no_derivative(node, Names(root)) from error
    return order


def _pass_on_in_scratch(node: Value, upstream: Any, locals_: Sequence[Any]) -> None:
    """Do as `pass_on`, with the running sums that a sweep keeps in the nodes themselves."""
    for operand, local in zip(node.operands, locals_):
        if operand._mode.is_constant:
            continue
        so_far, contribution = operand._scratch, upstream * local
        if so_far.__class__ is not float or not operand.shape:
            operand._scratch = so_far + contribution
        elif contribution is upstream:
            shared = upstream.view()  # several nodes have it, and none of them can write into it
            shared.flags.writeable = False
            node._scratch = operand._scratch = shared
        else:  # each node has a sum to itself, or shares it
            operand._scratch = contribution if contribution.base is None else contribution.copy()


def pass_on(node: Value, upstream: Any, locals_: Sequence[Any], sums: Any) -> None:
    """Add upstream gradient * local derivative to the sum of each operand that has one.

    Args:
        upstream: the gradient of `node`: a number, an array, or a node that holds one.
        locals_: the derivative of `node` by each of its operands.
        sums: the gradients so far, as a dict has them; None for nothing yet.
    """
    for operand, local in zip(node.operands, locals_):
        if operand in sums:
            so_far, contribution = sums[operand], multiply(upstream, local)
            sums[operand] = contribution if so_far is None else so_far + contribution


def multiply(gradient: Any, factor: Any) -> Any:
    """Multiply a gradient; a factor of 1 makes no new array or node."""
    return gradient if isinstance(factor, float) and factor == 1.0 else gradient * factor


def sweep(
    order: Iterable[Value],
    sums: dict[Value, Any],
    passed: Callable[[Value, Any], Any],
    locals_of: Callable[[Value], Sequence[Any]],
) -> None:
    """Pass gradients back from node to node; what arrives at each is afterwards in its sum.

    Args:
        order: the nodes that pass something on, in backward order.
        sums: what arrives, by the nodes that it is wanted of: to begin with None, or what comes from outside.
        passed: what a node passes on, of what arrives at it; None for nothing.
        locals_of: the local derivatives of a node by its operands.
    """
    for node in order:
        gradient = passed(node, sums.get(node))
        if gradient is not None:
            pass_on(node, gradient, locals_of(node), sums)
