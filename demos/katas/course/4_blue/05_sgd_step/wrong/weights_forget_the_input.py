# slip: forgot-local
def sgd_step(x, w, b, target, lr):
    p = sum(weight.data * source for weight, source in zip(w, x)) + b.data
    for parameter in [*w, b]:
        parameter.grad = 2.0 * (p - target)
    for parameter in [*w, b]:
        parameter.data -= lr * parameter.grad
