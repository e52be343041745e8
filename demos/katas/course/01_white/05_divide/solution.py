"""The gradients of y = a / b, filled in by hand."""

from handgrad import Value


def backward(a: Value, b: Value, y: Value) -> None:
    """Fill in the grad of each node of y = a / b.

    Args:
        a: the numerator, a leaf; a.data is any number.
        b: the denominator, a leaf; b.data is not 0.
        y: the root, y = a / b; its own gradient is 1.
    """
    y.grad = 1.0
    a.grad = 1.0 / b.data
    # Minus, as a larger denominator makes less of it; squared, as b^(-1) becomes b^(-2).
    # The output knows the answer too: this is the same number as -y.data / b.data.
    b.grad = -a.data / b.data**2
