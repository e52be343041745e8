"""Backward through a cross-entropy whose largest logit is subtracted first."""

from handgrad import Value

Row = list[Value]


def max_shift(z: Row, m: Value, s: Row, e: Row, total: Value, log_total: Value, L: Value, y: int) -> None:
    """Fill in every grad, from L to the logits.

    Args:
        z: the logits, all different; some are so large that exp(z[j].data) would overflow.
        m: the largest of z, a node of its own.
        s: s[j] = z[j] - m.
        e: e[j] = exp(s[j]).
        total: the sum of e.
        log_total: log(total).
        L: log_total - s[y], the root.
        y: the true class, a place in z, s and e.
    """
    L.grad = 1.0
    log_total.grad = 1.0
    total.grad = log_total.grad / total.data
    for shifted, exponential in zip(s, e):
        exponential.grad = total.grad
        shifted.grad = exponential.data * exponential.grad
    # The second use of s[y]. Now the s hold p - y, and sum to 0 ...
    s[y].grad -= L.grad

    # ... and m, used in every s with local derivative -1, gets minus that sum: nothing.
    m.grad = sum(-shifted.grad for shifted in s)
    for logit, shifted in zip(z, s):
        logit.grad = shifted.grad
    # The largest logit is used in m as well. By the rule it belongs here; in number it changes nothing.
    max(z, key=lambda logit: logit.data).grad += m.grad
