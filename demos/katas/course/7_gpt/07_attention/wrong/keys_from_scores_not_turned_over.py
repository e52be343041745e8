# slip: transposed
GRADIENTS = ("v", "weights", "scores", "q", "k")


def attention(q, k, v, weights, dout):
    dv = weights.T @ dout
    dweights = dout @ v.T
    dscores = weights * (dweights - (weights * dweights).sum(1, keepdims=True))
    dq = dscores @ k
    dk = dscores @ q
    return dict(zip(GRADIENTS, (dv, dweights, dscores, dq, dk)))
