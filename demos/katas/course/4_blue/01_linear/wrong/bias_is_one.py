# slip: forgot-upstream
def linear(x, W, b, y):
    for j, output in enumerate(y):
        b[j].grad = 1.0
        for i, source in enumerate(x):
            W[i][j].grad = source.data * output.grad
    for i, source in enumerate(x):
        source.grad = sum(W[i][j].data * output.grad for j, output in enumerate(y))
