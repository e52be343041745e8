# slip: shape
import numpy as np

STEPS = ("bias", "gain", "raw", "inv", "var", "diff2", "diff", "mean", "x")


def batchnorm_steps(diff, var, inv, raw, gain, dout):
    n = len(dout)
    dbias = dout.sum(0)
    dgain = (dout * raw).sum(0, keepdims=True)
    draw = dout * gain
    dinv = (draw * diff).sum(0, keepdims=True)
    dvar = -0.5 * (var + 1e-5) ** -1.5 * dinv
    ddiff2 = np.ones_like(diff) / (n - 1) * dvar
    ddiff = draw * inv + 2.0 * diff * ddiff2
    dmean = -ddiff.sum(0, keepdims=True)
    dx = ddiff + np.ones_like(diff) / n * dmean
    return dict(zip(STEPS, (dbias, dgain, draw, dinv, dvar, ddiff2, ddiff, dmean, dx)))
