# says: First every gradient, then every move.
def sgd_step(x, w, b, target, lr):
    p = sum(weight.data * source for weight, source in zip(w, x)) + b.data
    for weight, source in zip(w, x):
        weight.grad = source * 2.0 * (p - target)
        weight.data -= lr * weight.grad
    p = sum(weight.data * source for weight, source in zip(w, x)) + b.data
    b.grad = 2.0 * (p - target)
    b.data -= lr * b.grad
