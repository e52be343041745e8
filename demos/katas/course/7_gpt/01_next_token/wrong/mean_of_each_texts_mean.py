# says: Mend first: logits
import numpy as np


def next_token(logits, targets):
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    probs = exps / exps.sum(-1, keepdims=True)
    b, t = np.nonzero(targets >= 0)
    dlogits = np.zeros_like(logits)
    dlogits[b, t] = probs[b, t]
    dlogits[b, t, targets[b, t]] -= 1.0
    counted = np.maximum((targets >= 0).sum(1), 1)
    return dlogits / counted[:, None, None] / len(targets)
