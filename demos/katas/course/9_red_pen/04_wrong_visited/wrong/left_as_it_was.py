# slip: double
def topological_order(root):
    order, visited = [], set()

    def visit(node):
        if node in visited:
            return
        visited.add(root)
        for operand in node.operands:
            visit(operand)
        order.append(node)

    visit(root)
    return order


def slopes(node):
    return node.op.derivatives(*[operand.data for operand in node.operands], node.data)


def backward(root):
    order = topological_order(root)
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        if not node.is_leaf:
            for operand, slope in zip(node.operands, slopes(node)):
                operand.grad += slope * node.grad
