"""One operation where it stands: its local derivatives, and the errors where it has no finite number to give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import DomainError
from .graph import topological_order
from .manual import ask_for_rules
from .names import Names, name_of

if TYPE_CHECKING:
    from .ops import Op
    from .value import Value


def local_derivatives(node: Value) -> Sequence[Any]:
    """The derivative of `node` by each of its operands: a number, or between arrays an `arrays.Edge`; () for a leaf.

    Raises:
        ArithmeticError, ValueError: the rule has no value where the node stands.
        ByHandError: this runs where they are to be worked out by hand.
    """
    if node.op is None:
        return ()
    ask_for_rules()
    return node.op._local(*[operand._data for operand in node.operands], node._data)


def no_value(op: Op, operands: Sequence[Value]) -> DomainError:
    """The error of an operation without a finite value."""
    return DomainError(op.name, [(name_of(node), node._data) for node in operands], "no finite value", op.domain)


def finite_or_error(gradient: Any, node: Value, root: Value) -> Any:
    """The gradient where it is finite; 0.0 for a constant, which nobody asks for; else the error that names why."""
    if math.isfinite(gradient) if isinstance(gradient, float) else (abs(gradient) < math.inf).all():
        return gradient
    if node._mode.is_constant:
        return 0.0
    names = Names(root)
    for consumer in topological_order(root):
        for operand, local in zip(consumer.operands, local_derivatives(consumer)):
            if operand is node and not _is_finite(local):
                raise no_derivative(consumer, names)
    where = [(names[node], node._data)]
    raise DomainError("backward", where, "no finite gradient (it overflows)", node=names[node])


def _is_finite(local: Any) -> bool:
    return math.isfinite(local) if isinstance(local, float) else bool(local.is_finite)


def no_derivative(node: Value, names: Names) -> DomainError:
    assert node.op is not None
    inputs = [(names[operand], operand._data) for operand in node.operands]
    return DomainError(node.op.name, inputs, "no finite derivative", node.op.domain, names[node])
