# says: Mend first: W1
import numpy as np


def wavenet(emb, weights, hidden, dtop):
    below = [emb, *hidden[:-1]]
    dh = [dtop]
    dW, db = ([], [])
    for W, h, under in reversed(list(zip(weights, hidden, below))):
        da = (1.0 - h**2) * dh[0]
        half = h.shape[1]
        pairs = np.concatenate([under[:, :half], under[:, half:]], axis=2)
        dW.insert(0, pairs.reshape(-1, len(W)).T @ da.reshape(-1, W.shape[1]))
        db.insert(0, da.sum((0, 1)))
        dh.insert(0, (da @ W.T).reshape(under.shape))
    return {"h": dh[1:], "W": dW, "b": db, "emb": dh[0]}
