# says: was the new gradient wiped out before the step was taken?
"""A training loop with a mistake in it."""


def descend(parameters, loss_of, rate, steps):
    losses = []
    for _ in range(steps):
        loss = loss_of()
        losses.append(loss.data)
        loss.backward()
        for parameter in parameters:
            parameter.grad = 0.0
        for parameter in parameters:
            parameter.data -= rate * parameter.grad
    return losses
