# says: Mend first: wte
import numpy as np

GRADIENTS = ("h", "x", "wpe", "wte")


def tied_embeddings(wte, wpe, tokens, h, dlogits):
    T = tokens.shape[1]
    dh = dlogits @ wte
    dx = (1.0 - h**2) * dh
    dwpe = np.zeros_like(wpe)
    dwpe[:T] = dx.sum(0)
    dwte = np.einsum("btv,btc->vc", dlogits, h)
    np.add.at(dwte, tokens, dh)
    return dict(zip(GRADIENTS, (dh, dx, dwpe, dwte)))
