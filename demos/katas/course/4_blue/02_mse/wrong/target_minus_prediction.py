# slip: sign
def mse(predictions, targets):
    for p, t in zip(predictions, targets):
        p.grad = 2.0 * (t - p.data) / len(predictions)
