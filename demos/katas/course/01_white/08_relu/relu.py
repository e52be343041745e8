"""The gradient of y = relu(x), filled in by hand."""

from handgrad import Value


def backward(x: Value, y: Value) -> None:
    """Fill in the grad of each node of y = relu(x).

    Args:
        x: the leaf; x.data is any number, 0 included.
        y: the root, y = relu(x); its own gradient is 1.
    """
    y.grad = 1.0
    # TODO: fill in x.grad so that it is right on both sides of zero and, as agreed, 0.0 at the kink.
