# says: Mend first: x
def layernorm_one_go(norm, inv, gain, dout):
    dnorm = dout
    shift = dnorm.mean(1, keepdims=True)
    stretch = norm * (dnorm * norm).mean(1, keepdims=True)
    return inv * (dnorm - shift - stretch)
