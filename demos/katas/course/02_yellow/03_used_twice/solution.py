"""The gradients of two expressions that use a value twice, filled in by hand."""

from handgrad import Value


def square_backward(a: Value, y: Value) -> None:
    """Fill in the grad of each node of y = a * a.

    Args:
        a: the leaf, used twice by one product; a.data is any number.
        y: the root, y = a * a.
    """
    y.grad = 1.0
    a.grad = 0.0
    # The product rule twice: a as first operand and a as second. The sum is 2*a, as the power rule says.
    a.grad += y.grad * a.data
    a.grad += y.grad * a.data


def backward(a: Value, b: Value, e: Value, y: Value) -> None:
    """Fill in the grad of each node of y = (a + b) * a.

    Args:
        a: a leaf, used in the sum and in the product; a.data is any number.
        b: a leaf, used once; b.data is any number.
        e: the sum, e = a + b.
        y: the root, y = e * a.
    """
    y.grad = 1.0
    a.grad = 0.0
    e.grad = y.grad * a.data
    a.grad += y.grad * e.data
    # += and not =: what came by way of the product stays, and what comes by way of the sum is added.
    a.grad += e.grad
    b.grad = e.grad
