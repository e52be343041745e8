# says: Look at the path through the variance
def batchnorm_one_go(raw, inv, gain, dout):
    n = len(dout)
    return gain * inv / n * (n * dout - dout.sum(0))
