"""Backward through the cross-entropy of one example, one operation at a time."""

from handgrad import Value


def cross_entropy_steps(z: list[Value], e: list[Value], total: Value, p: Value, logp: Value, L: Value, y: int) -> None:
    """Fill in every grad, from L to the logits.

    Args:
        z: the logits.
        e: e[j] = exp(z[j]).
        total: the sum of e.
        p: e[y] / total, the probability of the true class.
        logp: log(p).
        L: -logp, the root.
        y: the true class, a place in z and e.
    """
    L.grad = 1.0
    logp.grad = -1.0 * L.grad
    p.grad = 1.0 / p.data * logp.grad
    # p = e[y]/total falls as total grows: -e[y]/total^2.
    total.grad = -e[y].data / total.data**2 * p.grad
    for exponential in e:
        exponential.grad = 1.0 * total.grad
    # The second use of e[y], as the numerator: added to what the sum has sent back already.
    e[y].grad += 1.0 / total.data * p.grad
    for logit, exponential in zip(z, e):
        # exp's slope is its own output.
        logit.grad = exponential.data * exponential.grad
