# slip: rule
def mlp(x, W1, b1, z, h, W2, b2, y, t):
    for output, target in zip(y, t):
        output.grad = 2.0 * (output.data - target)
    linear_backward(h, W2, b2, y)
    for j, hidden in enumerate(h):
        hidden.grad = sum(W2[j][k].data * output.grad for k, output in enumerate(y))
    for before, after in zip(z, h):
        before.grad = (1.0 - before.data**2) * after.grad
    linear_backward(x, W1, b1, z)


def linear_backward(sources, W, b, outputs):
    for j, output in enumerate(outputs):
        b[j].grad = output.grad
        for i, source in enumerate(sources):
            W[i][j].grad = source.data * output.grad
