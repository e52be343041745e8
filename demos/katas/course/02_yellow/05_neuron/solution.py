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
    o.grad = 1.0
    # The forward pass left tanh(n) in o, so its slope costs one square.
    n.grad = o.grad * (1.0 - o.data**2)
    # Sums hand on what they get: all four of these are the same number.
    s.grad = n.grad
    b.grad = n.grad
    p1.grad = s.grad
    p2.grad = s.grad
    # A weight's gradient is its input times what comes from upstream, and the other way round.
    w1.grad = p1.grad * x1.data
    x1.grad = p1.grad * w1.data
    w2.grad = p2.grad * x2.data
    x2.grad = p2.grad * w2.data
