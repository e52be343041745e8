# says: Mend first: b2
import numpy as np

GRADIENTS = ("h", "W2", "b2", "z", "W1", "b1", "x")
SCALE = np.sqrt(2.0 / np.pi)


def gelu_mlp(x, W1, z, h, W2, dy):
    C, D = W1.shape
    dh = dy @ W2.T
    dW2 = h.reshape(-1, D).T @ dy.reshape(-1, C)
    db2 = dy.mean((0, 1))
    t = np.tanh(SCALE * (z + 0.044715 * z**3))
    inner = SCALE * (1.0 + 3.0 * 0.044715 * z**2)
    dz = dh * (0.5 * (1.0 + t) + 0.5 * z * (1.0 - t**2) * inner)
    dx = dz @ W1.T
    dW1 = x.reshape(-1, C).T @ dz.reshape(-1, D)
    db1 = dz.sum((0, 1))
    return dict(zip(GRADIENTS, (dh, dW2, db2, dz, dW1, db1, dx)))
