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
    L.grad = 1.0
    for i in range(len(s)):
        h[i].grad = L.grad / len(s)
        # `>` and not `>=`: at m = 0 relu passes nothing on, by agreement (PyTorch's too).
        m[i].grad = h[i].grad if m[i].data > 0.0 else 0.0
        # m = 1 - y*s falls as y*s grows: the minus comes from here, the y from the product.
        s[i].grad = -y[i] * m[i].grad
