# says: is listed 2 times
"""Every node of a graph, operands before their consumers."""


def topological_order(root):
    order = []

    def visit(node):
        for operand in node.operands:
            visit(operand)
        order.append(node)

    visit(root)
    return order
