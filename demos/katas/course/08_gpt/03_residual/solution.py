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
    L.grad = 1.0
    z.grad = 2.0 * z.data * L.grad
    # A sum hands its gradient on to both: into the layer, and along the stream.
    g.grad = z.grad
    y.grad = z.grad
    v.grad = (1.0 - g.data**2) * g.grad
    b.grad = y.data * v.grad
    # The stream was read by the second layer too: what comes back from there is added.
    y.grad += b.data * v.grad
    f.grad = y.grad
    x.grad = y.grad
    u.grad = (1.0 - f.data**2) * f.grad
    a.grad = x.data * u.grad
    x.grad += a.data * u.grad
