# says: Mend first: z
import numpy as np


def logsumexp(z, dout):
    exps = np.exp(z - z.max(1, keepdims=True))
    return exps / exps.sum() * dout[:, None]
