# says: Look at the path through the mean
def batchnorm_one_go(raw, inv, gain, dout):
    n = len(dout)
    return gain * inv / n * (n * dout - dout.sum(1, keepdims=True) - n / (n - 1) * raw * (dout * raw).sum(0))
