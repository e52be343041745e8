"""Backward through a linear layer: y[j] = x[0]*W[0][j] + x[1]*W[1][j] + ... + b[j]."""

from handgrad import Value


def linear(x: list[Value], W: list[list[Value]], b: list[Value], y: list[Value]) -> None:
    """Fill in the grad of every x[i], W[i][j] and b[j].

    Args:
        x: the inputs, 2 to 4 of them.
        W: the weights: W[i][j] leads from input i to output j.
        b: the biases, one an output.
        y: the outputs, 2 or 3 of them; y[j].grad holds the upstream gradient, a number.
    """
    # TODO: fill in x[i].grad, W[i][j].grad and b[j].grad, for any number of inputs and outputs.
