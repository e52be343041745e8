# says: nested calls
"""Every node of a graph, operands before their consumers."""


def topological_order(root):
    order, placed = [], set()

    def visit(node):
        if node not in placed:
            placed.add(node)
            for operand in node.operands:
                visit(operand)
            order.append(node)

    visit(root)
    return order
