# says: still in b.grad
"""A training loop with a mistake in it."""


def descend(parameters, loss_of, rate, steps):
    losses = []
    for _ in range(steps):
        parameters[0].grad = 0.0
        loss = loss_of()
        losses.append(loss.data)
        loss.backward()
        for parameter in parameters:
            parameter.data -= rate * parameter.grad
    return losses
