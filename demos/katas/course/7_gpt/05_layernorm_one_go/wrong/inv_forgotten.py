# says: Mend first: x
def layernorm_one_go(norm, inv, gain, dout):
    dnorm = dout * gain
    shift = dnorm.mean(1, keepdims=True)
    stretch = norm * (dnorm * norm).mean(1, keepdims=True)
    return dnorm - shift - stretch
