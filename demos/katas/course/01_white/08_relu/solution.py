"""The gradient of y = relu(x), filled in by hand."""

from handgrad import Value


def backward(x: Value, y: Value) -> None:
    """Fill in the grad of each node of y = relu(x).

    Args:
        x: the leaf; x.data is any number, 0 included.
        y: the root, y = relu(x); its own gradient is 1.
    """
    y.grad = 1.0
    # Above 0 y moves one for one with x, below it stands still. The strict > is the agreement about
    # the kink: at 0 itself the door is shut.
    x.grad = 1.0 if x.data > 0.0 else 0.0
