"""Backpropagation: the chain rule over a whole graph."""

from handgrad import Value
from handgrad.autodiff import local_derivatives
from handgrad.graph import topological_order


def backward(root: Value) -> None:
    """Add d root / d node to the grad of every node that root depends on, root included.

    Args:
        root: where backward starts. Every grad of its graph is a number; what stands there stays,
            and the gradient is added to it.
    """
    # TODO: walk topological_order(root) from its end; sum up apart from .grad, so that a second call doubles it.
