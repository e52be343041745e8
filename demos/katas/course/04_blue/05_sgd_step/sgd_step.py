"""One step of gradient descent for a linear neuron and a squared error."""

from handgrad import Value


def sgd_step(x: list[float], w: list[Value], b: Value, target: float, lr: float) -> None:
    """Fill in the grad of every w[i] and of b, then move each of them by -lr * its grad.

    The loss is L = (p - target)^2 with p = w[0]*x[0] + w[1]*x[1] + ... + b.

    Args:
        x: the inputs, plain numbers.
        w: the weights; assign .grad, and then .data.
        b: the bias; likewise. Whatever a grad holds from an earlier step does not count.
        target: what p should be.
        lr: the learning rate, above 0.
    """
    # TODO: first every gradient, from the same forward pass; then every move.
