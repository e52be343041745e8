# says: still in w.grad and b.grad
"""A training loop with a mistake in it."""


def descend(parameters, loss_of, rate, steps):
    losses = []
    for _ in range(steps):
        loss = loss_of()
        losses.append(loss.data)
        loss.grad = 0.0
        loss.backward()
        for parameter in parameters:
            parameter.data -= rate * parameter.grad
    return losses
