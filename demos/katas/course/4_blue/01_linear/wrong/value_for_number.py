# slip: not-a-number
def linear(x, W, b, y):
    for j, output in enumerate(y):
        b[j].grad = output.grad
        for i, source in enumerate(x):
            W[i][j].grad = source * output.grad
    for i, source in enumerate(x):
        source.grad = sum(W[i][j].data * output.grad for j, output in enumerate(y))
