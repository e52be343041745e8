"""The gradients of y = a - b, filled in by hand."""

from handgrad import Value


def backward(a: Value, b: Value, y: Value) -> None:
    """Fill in the grad of each node of y = a - b.

    Args:
        a, b: the leaves; a.data and b.data are any numbers.
        y: the root, y = a - b; its own gradient is 1.
    """
    y.grad = 1.0
    a.grad = 1.0
    # What is taken away pulls the other way: b up by a bit, y down by that bit.
    b.grad = -1.0
