# says: Look at the path through the mean
def layernorm_one_go(norm, inv, gain, dout):
    dnorm = dout * gain
    stretch = norm * (dnorm * norm).mean(1, keepdims=True)
    return inv * (dnorm - stretch)
