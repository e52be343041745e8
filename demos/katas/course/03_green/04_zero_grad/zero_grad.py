"""A training loop, complete but for one line."""

from collections.abc import Callable

from handgrad import Value


def descend(parameters: list[Value], loss_of: Callable[[], Value], rate: float, steps: int) -> list[float]:
    """Walk downhill: at every step, each parameter moves by -rate times the slope of that step's loss.

    Args:
        parameters: the leaves to train; their grads are 0.0 at the start.
        loss_of: builds the loss anew from what the parameters' data are now.
        rate: how far to go along the slope, above 0.
        steps: how many steps to take.

    Returns:
        The loss before each step.
    """
    losses = []
    for _ in range(steps):
        # TODO: make sure, anywhere in this loop, that each step uses the gradient of its own loss alone.
        loss = loss_of()
        losses.append(loss.data)
        loss.backward()
        for parameter in parameters:
            parameter.data -= rate * parameter.grad
    return losses
