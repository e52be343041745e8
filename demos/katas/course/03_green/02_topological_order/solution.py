"""Every node of a graph, operands before their consumers."""

from handgrad import Value


def topological_order(root: Value) -> list[Value]:
    """Every node that root depends on, itself included.

    Args:
        root: where the walk starts; the graph behind it may be 3,000 nodes deep.

    Returns:
        Each node once, every operand before its consumers, so the root last.
    """
    order: list[Value] = []
    placed: set[Value] = set()
    stack = [root]
    while stack:
        node = stack[-1]
        waiting = [operand for operand in node.operands if operand not in placed]
        if waiting:
            # The node stays on the stack, under its operands: its turn comes again when they are placed.
            stack.extend(waiting)
        else:
            stack.pop()
            # A node that was put on the stack twice, once for each use, is placed by the first of them.
            if node not in placed:
                placed.add(node)
                order.append(node)
    return order
