"""Every node of a graph, operands before their consumers."""

from handgrad import Value


def topological_order(root: Value) -> list[Value]:
    """Every node that root depends on, itself included.

    Args:
        root: where the walk starts; the graph behind it may be 3,000 nodes deep.

    Returns:
        Each node once, every operand before its consumers, so the root last.
    """
    # TODO: list the nodes with a stack of your own; a function that calls itself does not get 3,000 deep.
    return [root]
