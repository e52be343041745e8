# says: Mend first: y
GRADIENTS = ("kept", "y", "W", "x")


def dropout(x, W, mask, p, dout):
    dkept = dout
    dy = dkept * mask
    dW = x.T @ dy
    dx = dout + dy @ W.T
    return dict(zip(GRADIENTS, (dkept, dy, dW, dx)))
