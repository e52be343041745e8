# says: Mend first: y
GRADIENTS = ("kept", "y", "W", "x")


def dropout(x, W, mask, p, dout):
    dkept = dout
    dy = dkept * mask * (1.0 - p)
    dW = x.T @ dy
    dx = dout + dy @ W.T
    return dict(zip(GRADIENTS, (dkept, dy, dW, dx)))
