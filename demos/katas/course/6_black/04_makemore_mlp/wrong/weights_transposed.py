# slip: shape
import numpy as np

GRADIENTS = ("logits", "h", "W2", "b2", "hpreact", "gain", "bias", "hprebn", "W1", "b1", "emb", "C")


def makemore_mlp(params, forward, X, Y):
    n = len(X)
    raw, h = forward["raw"], forward["h"]
    dlogits = forward["probs"].copy()
    dlogits[np.arange(n), Y] -= 1.0
    dlogits /= n
    dh = dlogits @ params["W2"].T
    dW2 = dlogits.T @ h
    db2 = dlogits.sum(0, keepdims=True)
    dhpreact = (1.0 - h**2) * dh
    dgain = (raw * dhpreact).sum(0, keepdims=True)
    dbias = dhpreact.sum(0, keepdims=True)
    dhprebn = (
        params["gain"]
        * forward["inv"]
        / n
        * (n * dhpreact - dhpreact.sum(0) - n / (n - 1) * raw * (dhpreact * raw).sum(0))
    )
    dflat = dhprebn @ params["W1"].T
    dW1 = forward["flat"].T @ dhprebn
    db1 = dhprebn.sum(0, keepdims=True)
    demb = dflat.reshape(forward["emb"].shape)
    dC = np.zeros_like(params["C"])
    np.add.at(dC, X, demb)
    found = (dlogits, dh, dW2, db2, dhpreact, dgain, dbias, dhprebn, dW1, db1, demb, dC)
    return dict(zip(GRADIENTS, found))
