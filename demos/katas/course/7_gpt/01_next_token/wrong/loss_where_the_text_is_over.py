# says: so no loss is taken there
import numpy as np


def next_token(logits, targets):
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    dlogits = exps / exps.sum(-1, keepdims=True)
    b, t = np.indices(targets.shape)
    dlogits[b, t, targets] -= 1.0
    return dlogits / (targets >= 0).sum()
