"""Backward through the hinge loss: L = mean of relu(1 - y[i]*s[i])."""

from handgrad import Value


def hinge(s: list[Value], y: list[int], m: list[Value], h: list[Value], L: Value) -> None:
    """Fill in the grad of L and of every h[i], m[i] and s[i].

    Args:
        s: n scores, n from 3 to 6.
        y: n labels, plain numbers, each -1 or +1.
        m: m[i] = 1 - y[i]*s[i]; exactly 0 is a tie, where relu has the slope 0.
        h: h[i] = relu(m[i]).
        L: the mean of the h[i], the root.
    """
    # TODO: fill in L.grad, h[i].grad, m[i].grad and s[i].grad; a tie passes nothing back.
