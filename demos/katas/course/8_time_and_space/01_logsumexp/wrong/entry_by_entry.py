# says: Mend first: z
import numpy as np


def logsumexp(z, dout):
    exps = np.exp(z - z.max(1, keepdims=True))
    probs = exps / exps.sum(1, keepdims=True)
    return probs * (1.0 - probs) * dout[:, None]
