# says: is listed before its operand
"""Every node of a graph, operands before their consumers."""


def topological_order(root):
    order, met, stack = [], {root}, [root]
    while stack:
        node = stack.pop()
        order.append(node)
        for operand in node.operands:
            if operand not in met:
                met.add(operand)
                stack.append(operand)
    return order[::-1]
