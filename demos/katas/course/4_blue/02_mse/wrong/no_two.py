# slip: factor
def mse(predictions, targets):
    for p, t in zip(predictions, targets):
        p.grad = (p.data - t) / len(predictions)
