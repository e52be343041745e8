# slip: shape
def backward(exps, total, dprobs):
    n = len(exps)
    dtotal = (-dprobs * exps / total**2).sum(1)[None, :]
    dexps = dprobs / total + dtotal
    ddiff = exps * dexps
    dmean = -ddiff.sum(0, keepdims=True)
    dx = ddiff + dmean / n
    return {"total": dtotal, "exps": dexps, "diff": ddiff, "mean": dmean, "x": dx}
