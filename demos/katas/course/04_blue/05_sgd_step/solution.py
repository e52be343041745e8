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
    # Forward, once: every gradient below is a gradient at this point.
    p = sum(weight.data * source for weight, source in zip(w, x)) + b.data
    p_grad = 2.0 * (p - target)

    # Backward. `=` is right here: each parameter is used once, and the last step's number must go.
    for weight, source in zip(w, x):
        weight.grad = source * p_grad
    b.grad = p_grad

    # Only now the moves, and downhill: minus.
    for parameter in [*w, b]:
        parameter.data -= lr * parameter.grad
