# says: not listed
"""Every node of a graph, operands before their consumers."""


def topological_order(root):
    order = [root]
    while order[-1].operands:
        order.append(order[-1].operands[0])
    return order[::-1]
