"""The gradients of L = (a*b + c) * f, filled in by hand from the root to the leaves."""

from handgrad import Value


def backward(a: Value, b: Value, c: Value, f: Value, e: Value, d: Value, L: Value) -> None:
    """Fill in the grad of each of the seven nodes.

    Args:
        a, b, c, f: the leaves; their data are any numbers.
        e: the product, e = a * b.
        d: the sum, d = e + c.
        L: the root, L = d * f.
    """
    # TODO: fill in all seven grads in backward order, with formulas that hold for any numbers in the leaves.
