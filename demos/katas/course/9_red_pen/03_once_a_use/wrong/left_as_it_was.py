# slip: double
def slopes(node):
    return node.op.derivatives(*[operand.data for operand in node.operands], node.data)


def backward(root):
    clear(root)
    root.grad = 1.0
    push(root)


def clear(node):
    node.grad = 0.0
    for operand in node.operands:
        clear(operand)


def push(node):
    if not node.is_leaf:
        for operand, slope in zip(node.operands, slopes(node)):
            operand.grad += slope * node.grad
            push(operand)
