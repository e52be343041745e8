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
    for j, output in enumerate(y):
        # A bias is added, so its local derivative is 1: the upstream gradient passes as it is.
        b[j].grad = output.grad
        for i, source in enumerate(x):
            # In a product each factor's local derivative is the other factor.
            W[i][j].grad = source.data * output.grad
    for i, source in enumerate(x):
        # x[i] feeds every output, so its gradient is a sum over all of them: row i of W against dy.
        source.grad = sum(W[i][j].data * output.grad for j, output in enumerate(y))
