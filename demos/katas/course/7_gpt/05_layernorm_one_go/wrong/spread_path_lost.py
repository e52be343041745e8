# says: Look at the path through the spread
def layernorm_one_go(norm, inv, gain, dout):
    dnorm = dout * gain
    shift = dnorm.mean(1, keepdims=True)
    return inv * (dnorm - shift)
