# slip: factor
def backward(exps, total, dprobs):
    dtotal = (-dprobs * exps / total**2).sum(1, keepdims=True)
    dexps = dprobs / total + dtotal
    ddiff = exps * dexps
    dmean = -ddiff.sum(0, keepdims=True)
    dx = ddiff + dmean * 1.0
    return {"total": dtotal, "exps": dexps, "diff": ddiff, "mean": dmean, "x": dx}
