"""Backward along a residual stream of two layers."""

from handgrad import Value


def residual(
    x: Value, a: Value, b: Value, u: Value, f: Value, y: Value, v: Value, g: Value, z: Value, L: Value
) -> None:
    """Fill in every grad of u = a*x, f = tanh(u), y = x + f, v = b*y, g = tanh(v), z = y + g, L = z^2.

    Args:
        x: the stream as it comes in.
        a, b: the weights of the two layers.
        u, f, v, g: what the layers compute.
        y, z: the stream after the first layer, and after the second.
        L: the root.
    """
    # TODO: from L back to x; the stream is used twice at each layer.
