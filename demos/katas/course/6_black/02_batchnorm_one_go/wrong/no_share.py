# slip: factor
def batchnorm_one_go(raw, inv, gain, dout):
    n = len(dout)
    return gain * inv * (n * dout - dout.sum(0) - n / (n - 1) * raw * (dout * raw).sum(0))
