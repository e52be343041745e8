# says: not over the steps
def sgd_step(x, w, b, target, lr):
    p = sum(weight.data * source for weight, source in zip(w, x)) + b.data
    for weight, source in zip(w, x):
        weight.grad = (weight.grad or 0.0) + source * 2.0 * (p - target)
    b.grad = (b.grad or 0.0) + 2.0 * (p - target)
    for parameter in [*w, b]:
        parameter.data -= lr * parameter.grad
