# slip: missing-path
GRADIENTS = ("kept", "y", "W", "x")


def dropout(x, W, mask, p, dout):
    dkept = dout
    dy = dkept * mask / (1.0 - p)
    dW = x.T @ dy
    dx = dout
    return dict(zip(GRADIENTS, (dkept, dy, dW, dx)))
