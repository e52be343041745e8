# slip: missing-path
def backward(root):
    order = [root]
    for node in order:
        node.grad = 0.0
        order.extend(operand for operand in dict.fromkeys(node.operands) if operand not in order)
    root.grad = 1.0
    for node in order:
        if not node.is_leaf:
            slopes = node.op.derivatives(*[operand.data for operand in node.operands], node.data)
            for operand, slope in zip(node.operands, slopes):
                operand.grad += slope * node.grad
