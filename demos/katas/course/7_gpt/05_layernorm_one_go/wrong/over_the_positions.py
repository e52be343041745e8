# says: Look at the path through the mean
def layernorm_one_go(norm, inv, gain, dout):
    dnorm = dout * gain
    shift = dnorm.mean(0)
    stretch = norm * (dnorm * norm).mean(1, keepdims=True)
    return inv * (dnorm - shift - stretch)
