"""The gradient of y = x**n for a constant n, filled in by hand."""

from handgrad import Value


def backward(x: Value, n: float, y: Value) -> None:
    """Fill in the grad of each node of y = x**n.

    Args:
        x: the leaf; x.data is above 0, or n is a whole number and x.data is not 0.
        n: the exponent, a plain number such as 3, -3 or 0.5.
        y: the root, y = x**n; its own gradient is 1.
    """
    y.grad = 1.0
    # TODO: fill in x.grad with a plain number that is right for any x and any n.
