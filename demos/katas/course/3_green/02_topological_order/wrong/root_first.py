# says: is listed before its operand
"""Every node of a graph, operands before their consumers."""


def topological_order(root):
    order, placed, stack = [], set(), [root]
    while stack:
        node = stack[-1]
        waiting = [operand for operand in node.operands if operand not in placed]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            if node not in placed:
                placed.add(node)
                order.append(node)
    return order[::-1]
