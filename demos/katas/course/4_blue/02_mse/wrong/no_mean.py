# slip: factor
def mse(predictions, targets):
    for p, t in zip(predictions, targets):
        p.grad = 2.0 * (p.data - t)
