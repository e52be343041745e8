"""The chain rule on other numbers than the true ones: what follows from what somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..autodiff import pass_on

if TYPE_CHECKING:
    from ..value import Value


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


def reached(taints: Any, local: Any) -> Any:
    """Return whether a mistake reaches an operand, or which of its entries it reaches."""
    if isinstance(local, float):
        return taints
    reach = local.reach(taints)
    return reach if reach.shape else bool(reach)
