"""The gradients of y = a * b, filled in by hand."""

from handgrad import Value


def backward(a: Value, b: Value, y: Value) -> None:
    """Fill in the grad of each node of y = a * b.

    Args:
        a, b: the leaves; a.data and b.data are any numbers.
        y: the root, y = a * b; its own gradient is 1.
    """
    y.grad = 1.0
    # Crosswise: while a moves, b stands still and is the factor by which the move is magnified.
    a.grad = b.data
    b.grad = a.data
