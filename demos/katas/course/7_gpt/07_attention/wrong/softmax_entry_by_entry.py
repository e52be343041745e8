# says: Does each weight depend on the other scores of its row?
GRADIENTS = ("v", "weights", "scores", "q", "k")


def attention(q, k, v, weights, dout):
    dv = weights.T @ dout
    dweights = dout @ v.T
    dscores = weights * (1.0 - weights) * dweights
    dq = dscores @ k
    dk = dscores.T @ q
    return dict(zip(GRADIENTS, (dv, dweights, dscores, dq, dk)))
