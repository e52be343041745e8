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
    # TODO: fill in L, logp, p, total, every e[j] and every z[j]; one of the e is used twice.
