# says: Mend first: var
import numpy as np

STEPS = ("bias", "gain", "norm", "inv", "var", "diff2", "diff", "mean", "x")


def layernorm_steps(diff, var, inv, norm, gain, dout):
    C = dout.shape[1]
    dbias = dout.sum(0)
    dgain = (dout * norm).sum(0)
    dnorm = dout * gain
    dinv = (dnorm * diff).sum(1, keepdims=True)
    dvar = -0.5 * var ** (-1.5) * dinv
    ddiff2 = np.ones_like(diff) / C * dvar
    ddiff = dnorm * inv + 2.0 * diff * ddiff2
    dmean = -ddiff.sum(1, keepdims=True)
    dx = ddiff + np.ones_like(diff) / C * dmean
    return dict(zip(STEPS, (dbias, dgain, dnorm, dinv, dvar, ddiff2, ddiff, dmean, dx)))
