"""Backward through a two-layer MLP: linear, tanh, linear, squared error."""

from handgrad import Value

Row = list[Value]


def mlp(x: Row, W1: list[Row], b1: Row, z: Row, h: Row, W2: list[Row], b2: Row, y: Row, t: list[float]) -> None:
    """Fill in the grad of every y, W2, b2, h, z, W1 and b1.

    Args:
        x: the inputs.
        W1, b1: the first layer: z[j] = sum over i of x[i]*W1[i][j], plus b1[j].
        z, h: h[j] = tanh(z[j]).
        W2, b2: the second layer: y[k] = sum over j of h[j]*W2[j][k], plus b2[k].
        y: the outputs; the root is L = sum over k of (y[k] - t[k])^2, and dL/dL = 1.
        t: the targets, plain numbers.
    """
    # TODO: fill in all seven, from the output back to the input.
