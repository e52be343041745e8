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
    # TODO: fill in L, log_total, total, e, s, m and z; m's gradient from all its uses.
