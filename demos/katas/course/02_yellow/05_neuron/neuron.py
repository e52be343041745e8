"""The gradients of a neuron of two inputs: o = tanh(x1*w1 + x2*w2 + b)."""

from handgrad import Value


def backward(
    x1: Value,
    w1: Value,
    x2: Value,
    w2: Value,
    b: Value,
    p1: Value,
    p2: Value,
    s: Value,
    n: Value,
    o: Value,
) -> None:
    """Fill in the grad of each of the ten nodes.

    Args:
        x1, w1, x2, w2: inputs and their weights, leaves.
        b: the bias, a leaf.
        p1, p2: the products, p1 = x1 * w1 and p2 = x2 * w2.
        s: their sum, s = p1 + p2.
        n: with the bias, n = s + b.
        o: the root, o = tanh(n).
    """
    # TODO: fill in all ten grads in backward order; the slope of tanh can be read off its output.
