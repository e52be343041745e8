# says: Which way is downhill?
def sgd_step(x, w, b, target, lr):
    p = sum(weight.data * source for weight, source in zip(w, x)) + b.data
    for weight, source in zip(w, x):
        weight.grad = source * 2.0 * (p - target)
    b.grad = 2.0 * (p - target)
    for parameter in [*w, b]:
        parameter.data += lr * parameter.grad
