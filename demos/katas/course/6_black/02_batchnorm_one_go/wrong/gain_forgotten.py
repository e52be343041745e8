# says: Mend first: x
def batchnorm_one_go(raw, inv, gain, dout):
    n = len(dout)
    return inv / n * (n * dout - dout.sum(0) - n / (n - 1) * raw * (dout * raw).sum(0))
