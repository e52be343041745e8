# says: Mend first:
def wavenet(emb, weights, hidden, dtop):
    below = [emb, *hidden[:-1]]
    dh = [dtop]
    dW, db = ([], [])
    for W, h, under in reversed(list(zip(weights, hidden, below))):
        da = (1.0 - h**2) * dh[0]
        pairs = under.reshape(*h.shape[:2], -1)
        dW.insert(0, pairs.reshape(-1, len(W)).T @ da.reshape(-1, W.shape[1]))
        db.insert(0, da.sum((0, 1)))
        dh.insert(0, (da @ W.T).reshape(under.shape)[:, ::-1])
    return {"h": dh[1:], "W": dW, "b": db, "emb": dh[0]}
