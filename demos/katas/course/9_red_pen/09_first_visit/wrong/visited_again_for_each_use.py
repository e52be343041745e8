# says: Mend first:
def backward(root):
    def clear(node):
        node.grad = 0.0
        for operand in node.operands:
            clear(operand)

    def visit(node):
        if not node.is_leaf:
            slopes = node.op.derivatives(*[operand.data for operand in node.operands], node.data)
            for operand, slope in zip(node.operands, slopes):
                operand.grad += slope * node.grad
        for operand in node.operands:
            visit(operand)

    clear(root)
    root.grad = 1.0
    visit(root)
