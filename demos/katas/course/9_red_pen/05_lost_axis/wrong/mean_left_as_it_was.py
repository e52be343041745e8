# slip: shape
def backward(exps, total, dprobs):
    n = len(exps)
    dtotal = (-dprobs * exps / total**2).sum(1, keepdims=True)
    dexps = dprobs / total + dtotal
    ddiff = exps * dexps
    dmean = -ddiff.sum(0)
    dx = ddiff + dmean / n
    return {"total": dtotal, "exps": dexps, "diff": ddiff, "mean": dmean, "x": dx}
