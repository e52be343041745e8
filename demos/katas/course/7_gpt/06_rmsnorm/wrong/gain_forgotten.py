# slip: forgot-local
GRADIENTS = ("gain", "norm", "x")


def rmsnorm(x, gain, dout):
    inv = ((x**2).mean(-1, keepdims=True) + 1e-05) ** (-0.5)
    norm = x * inv
    dgain = (dout * norm).sum(0)
    dnorm = dout
    stretch = norm * (dnorm * norm).mean(-1, keepdims=True)
    dx = inv * (dnorm - stretch)
    return dict(zip(GRADIENTS, (dgain, dnorm, dx)))
