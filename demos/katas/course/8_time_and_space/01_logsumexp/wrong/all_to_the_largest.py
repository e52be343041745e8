# says: Mend first: z
import numpy as np


def logsumexp(z, dout):
    return (z == z.max(1, keepdims=True)) * dout[:, None]
