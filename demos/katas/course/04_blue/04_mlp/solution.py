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
    for output, target in zip(y, t):
        output.grad = 2.0 * (output.data - target)

    linear_backward(h, W2, b2, y)
    # A hidden neuron is used by every output; what they pass back adds up.
    for j, hidden in enumerate(h):
        hidden.grad = sum(W2[j][k].data * output.grad for k, output in enumerate(y))

    for before, after in zip(z, h):
        # tanh's slope from its own output: 1 - h^2. No exp needs computing again.
        before.grad = (1.0 - after.data**2) * after.grad

    # The first layer is the second with other names: its outputs are z, its inputs x.
    linear_backward(x, W1, b1, z)


def linear_backward(sources: Row, W: list[Row], b: Row, outputs: Row) -> None:
    """Fill in the weights and biases of one linear layer from its outputs' gradients."""
    for j, output in enumerate(outputs):
        b[j].grad = output.grad
        for i, source in enumerate(sources):
            W[i][j].grad = source.data * output.grad
