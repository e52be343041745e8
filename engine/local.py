"""One operation where it stands: its local derivatives, and the errors where it has no finite number to give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import DomainError
from .manual import require_rules
from .names import Names, name_of

if TYPE_CHECKING:
    from .ops import Op
    from .value import Value


def local_derivatives(node: Value) -> Sequence[Any]:
    """Return the derivative of `node` by each operand: numbers, or `arrays.Edge`s; () for a leaf.

    Raises:
        ArithmeticError, ValueError: the rule has no value where the node stands.
        ByHandError: this runs where they are to be computed by hand.
    """
    if node.op is None:
        return ()
    require_rules()
    return node.op._local(*[operand._data for operand in node.operands], node._data)


def no_value(op: Op, operands: Sequence[Value]) -> DomainError:
    """Return the error of an operation without a finite value."""
    return DomainError(op.name, [(name_of(node), node._data) for node in operands], "no finite value", op.domain)


def is_finite(gradient: Any) -> bool:
    """Return whether a gradient, or each entry of one, is neither nan nor infinite."""
    if isinstance(gradient, float):
        return math.isfinite(gradient)
    row = gradient.ravel()
    return math.isfinite(row.dot(row)) or bool((abs(gradient) < math.inf).all())  # squares may overflow


def settle(order: Sequence[Value]) -> None:
    """Set non-finite gradients of constants to 0.0, as nobody asks for them.

    Args:
        order: the backward order of a sweep, at its end or on the way.

    Raises:
        DomainError: another gradient is not finite; it names the first in the order, and why.
    """
    for node in order:
        if not is_finite(node._scratch):
            if not node._mode.is_constant:
                raise _not_finite(node, order)
            node._scratch = 0.0


def _not_finite(node: Value, order: Sequence[Value]) -> DomainError:
    """Return the error that names the operation whose derivative made a gradient infinite or nan."""
    names = Names(order[0])
    for consumer in order[: order.index(node)]:  # those after it have not had their turn
        for operand, local in zip(consumer.operands, local_derivatives(consumer)):
            if operand is node and not (math.isfinite(local) if isinstance(local, float) else local.is_finite):
                return no_derivative(consumer, names)
    return DomainError("backward", [(names[node], node._data)], "no finite gradient (it overflows)", node=names[node])


def no_derivative(node: Value, names: Names) -> DomainError:
    """Return the error of an operation without a finite derivative."""
    assert node.op is not None
    inputs = [(names[operand], operand._data) for operand in node.operands]
    return DomainError(node.op.name, inputs, "no finite derivative", node.op.domain, names[node])
