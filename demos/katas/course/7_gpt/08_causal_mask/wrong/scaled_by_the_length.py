# says: Mend first: scores
import numpy as np

GRADIENTS = ("v", "weights", "masked", "scaled", "scores", "q", "k")


def causal_mask(q, k, v, weights, dout):
    T = len(q)
    allowed = np.tri(T, dtype=bool)
    dv = weights.T @ dout
    dweights = dout @ v.T
    dmasked = weights * (dweights - (weights * dweights).sum(1, keepdims=True))
    dscaled = np.where(allowed, dmasked, 0.0)
    dscores = dscaled / np.sqrt(T)
    dq = dscores @ k
    dk = dscores.T @ q
    return dict(zip(GRADIENTS, (dv, dweights, dmasked, dscaled, dscores, dq, dk)))
