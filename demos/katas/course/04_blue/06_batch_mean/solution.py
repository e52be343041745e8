"""Backward through a mean over a batch: p[i] = w*x[i] + b, e[i] = (p[i] - t[i])^2, L = mean of e[i]."""

from handgrad import Value


def batch_mean(x: list[float], t: list[float], w: Value, b: Value, p: list[Value], e: list[Value], L: Value) -> None:
    """Fill in the grad of L, of every e[i] and p[i], and of w and b.

    Args:
        x: n inputs, plain numbers, n from 3 to 6.
        t: n targets, plain numbers.
        w, b: the parameters, each used by every example.
        p: the predictions, p[i] = w*x[i] + b.
        e: the losses, e[i] = (p[i] - t[i])^2.
        L: the mean of e, the root.
    """
    n = len(x)
    L.grad = 1.0
    w.grad = b.grad = 0.0
    for i in range(n):
        # The 1/n stands here and nowhere else; everything below carries it in its upstream gradient.
        e[i].grad = L.grad / n
        p[i].grad = 2.0 * (p[i].data - t[i]) * e[i].grad
        # One w for all examples: += and not =.
        w.grad += x[i] * p[i].grad
        b.grad += p[i].grad
