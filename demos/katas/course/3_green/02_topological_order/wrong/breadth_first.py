# says: is listed before its operand
"""Every node of a graph, operands before their consumers."""


def topological_order(root):
    order, met = [root], {root}
    for node in order:
        for operand in node.operands:
            if operand not in met:
                met.add(operand)
                order.append(operand)
    return order[::-1]
