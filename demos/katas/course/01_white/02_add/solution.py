"""The gradients of y = a + b, filled in by hand."""

from handgrad import Value


def backward(a: Value, b: Value, y: Value) -> None:
    """Fill in the grad of each node of y = a + b.

    Args:
        a, b: the leaves; a.data and b.data are any numbers.
        y: the root, y = a + b; its own gradient is 1.
    """
    y.grad = 1.0
    # y moves one for one with each input, wherever they stand: no .data appears here at all.
    a.grad = 1.0
    b.grad = 1.0
