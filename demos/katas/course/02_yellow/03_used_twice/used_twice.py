"""The gradients of two expressions that use a value twice, filled in by hand."""

from handgrad import Value


def square_backward(a: Value, y: Value) -> None:
    """Fill in the grad of each node of y = a * a.

    Args:
        a: the leaf, used twice by one product; a.data is any number.
        y: the root, y = a * a.
    """
    # TODO: fill in all grads here and in backward below; where a is used twice, add up two contributions.


def backward(a: Value, b: Value, e: Value, y: Value) -> None:
    """Fill in the grad of each node of y = (a + b) * a.

    Args:
        a: a leaf, used in the sum and in the product; a.data is any number.
        b: a leaf, used once; b.data is any number.
        e: the sum, e = a + b.
        y: the root, y = e * a.
    """
