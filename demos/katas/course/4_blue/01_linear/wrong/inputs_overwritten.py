# slip: missing-path
def linear(x, W, b, y):
    for j, output in enumerate(y):
        b[j].grad = output.grad
        for i, source in enumerate(x):
            W[i][j].grad = source.data * output.grad
            source.grad = W[i][j].data * output.grad
