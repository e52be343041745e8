"""The gradients of a graph: as numbers, or as a graph of their own."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Literal, overload

from .autodiff import backward_sweep, pass_on
from .errors import NotOneNumberError
from .graph import topological_order, walking
from .loading import np
from .local import no_derivative
from .manual import require_gradients
from .names import Names
from .value import Value

_running_sum, _shape = attrgetter("_scratch"), attrgetter("shape")


@overload
def gradients(root: Value, graph: Literal[False] = False) -> dict[Value, Any]: ...


@overload
def gradients(root: Value, graph: Literal[True]) -> dict[Value, Value]: ...


def gradients(root: Value, graph: bool = False) -> dict[Value, Any]:
    """Return d root / d node for every node of the graph, by autodiff, in backward order.

    Writes nothing: no `.grad` changes, in either mode. The exponent of `x ** 2` with x < 0 has no
    derivative and, as a constant, is asked for none: it is given as 0.0.

    Args:
        root: where backward starts; it holds one number.
        graph: whether the gradients are nodes themselves, to draw or to differentiate again. Then
            constants have none.

    Returns:
        For each node a float, for an array of numbers one of its shape; or nodes that hold these.

    Raises:
        NotAValueError: `root` is not a node.
        NotOneNumberError: `root` is an array.
        DomainError: an operation has no finite derivative where it stands.
        ByHandError: this runs where the gradients are to be computed by hand.

    Examples:
        >>> from handgrad import Value
        >>> x = Value(3.0, "x")
        >>> slope = gradients(x**2, graph=True)[x]
        >>> slope.data, gradients(slope)[x]
        (6.0, 2.0)
    """
    if graph:
        return _gradient_graph(root)
    with walking:
        order = backward_sweep(root)
        found = dict(zip(order, map(_running_sum, order)))
    for node in filter(_shape, order):
        if getattr(found[node], "base", None) is not None:  # other nodes share it
            found[node] = found[node].copy()
    return found


def _gradient_graph(root: Value) -> dict[Value, Value]:
    """Return each node's gradient as a node, which has gradients of its own."""
    require_gradients()
    order = topological_order(root)
    if root.shape:
        raise NotOneNumberError(Names(root)[root], root.shape)
    order.reverse()
    sums: dict[Value, Any] = {node: None for node in order if not node.is_constant}
    sums[root] = Value.constant(1.0)
    for node in order:
        gradient = sums.get(node)
        if gradient is None:
            continue
        if node.label and not gradient.label:
            gradient.label = f"d{root.label}/d{node.label}" if root.label else f"d{node.label}"
        if node.op is not None:
            # A constant's own derivative is asked for by nobody: its number is enough.
            inputs = [operand._data if operand.is_constant else operand for operand in node.operands]
            try:
                pass_on(node, gradient, node.op._local(*inputs, node), sums)
            except (ArithmeticError, ValueError) as error:
                raise no_derivative(node, Names(root)) from error
    return {node: gradient for node, gradient in sums.items() if gradient is not None}


def root_with_gradient(node: Value, upstream: Any) -> Value:
    """Return a root, sum(node * upstream), by which a node has a given gradient."""
    return (node * upstream).sum() if node.shape else node * float(np.ravel(upstream)[0])
