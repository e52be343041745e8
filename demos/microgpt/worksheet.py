"""The worksheet: put a gradient in place of every None, from the top down.

Check as often as you like, after every line if you want: `python -m handgrad.demos.microgpt check THIS_FILE`.

Every array of the forward pass, whose lines stand above their gradients, is a float array of the same
name: `x.probs`, `x.weights`, `x.W2` ... The text is `x.tokens` (T,) and `x.targets` (T,), the number of the
token at each position and of the one that comes next. `x.T` is how many there are, `x.H` the number of heads,
`x.d` the width of a head; C is H*d, V is 27.
None of them can be written to: what is to be changed is copied first, `x.probs.copy()`.
A gradient has the shape of its array. EPSILON is 1e-5.
"""

import numpy as np  # noqa: F401


def every_step(x):
    """Part 1: the gradient of every array, one by one, from the loss down."""
    # The next token:
    #     out = y + mlp
    #     logits = out @ wte.T
    #     counts = np.exp(logits - logits.max(1, keepdims=True))
    #     probs = counts / counts.sum(1, keepdims=True)
    #     loss = -np.log(probs[range(T), targets]).mean()
    dlogits = None  # TODO (T, V): in closed form, from x.probs, x.targets and x.T
    dout = None  # TODO (T, C): from dlogits
    # The MLP:
    #     y_ms = (y**2).mean(1, keepdims=True)
    #     y_inv = (y_ms + EPSILON) ** -0.5
    #     m = y * y_inv
    #     h = m @ W1
    #     z = np.maximum(h, 0.0)
    #     mlp = z @ W2
    dmlp = None  # TODO (T, C): from dout
    dz = None  # TODO (T, 4*C): from dmlp
    dW2 = None  # TODO (4*C, C): from dmlp
    dh = None  # TODO (T, 4*C): from dz
    dW1 = None  # TODO (C, 4*C): from dh
    dm = None  # TODO (T, C): from dh
    dy_inv = None  # TODO (T, 1): from dm
    dy_ms = None  # TODO (T, 1): from dy_inv
    dy = None  # TODO (T, C): from dout, dm and dy_ms
    # Attention:
    #     x_ms = (x**2).mean(1, keepdims=True)
    #     x_inv = (x_ms + EPSILON) ** -0.5
    #     a = x * x_inv
    #     q = a @ Wq
    #     k = a @ Wk
    #     v = a @ Wv
    #     qs = q.reshape(T, H, d).transpose(1, 0, 2)
    #     ks = k.reshape(T, H, d).transpose(1, 0, 2)
    #     vs = v.reshape(T, H, d).transpose(1, 0, 2)
    #     scores = qs @ ks.swapaxes(1, 2) / d**0.5
    #     exps = np.exp(np.where(np.tri(T, dtype=bool), scores, -np.inf))
    #     weights = exps / exps.sum(2, keepdims=True)
    #     heads = weights @ vs
    #     merged = heads.transpose(1, 0, 2).reshape(T, H * d)
    #     attended = merged @ Wo
    #     y = x + attended
    dattended = None  # TODO (T, C): from dy
    dmerged = None  # TODO (T, C): from dattended
    dWo = None  # TODO (C, C): from dattended
    dheads = None  # TODO (H, T, d): from dmerged
    dweights = None  # TODO (H, T, T): from dheads
    dvs = None  # TODO (H, T, d): from dheads
    dscores = None  # TODO (H, T, T): the softmax in closed form, from dweights
    dqs = None  # TODO (H, T, d): from dscores
    dks = None  # TODO (H, T, d): from dscores
    dv = None  # TODO (T, C): from dvs
    dWv = None  # TODO (C, C): from dv
    dk = None  # TODO (T, C): from dks
    dWk = None  # TODO (C, C): from dk
    dq = None  # TODO (T, C): from dqs
    dWq = None  # TODO (C, C): from dq
    da = None  # TODO (T, C): from dq, dk and dv
    dx_inv = None  # TODO (T, 1): from da
    dx_ms = None  # TODO (T, 1): from dx_inv
    dx = None  # TODO (T, C): from dy, da and dx_ms
    # The tables; wte stands in logits too:
    #     tok = wte[tokens]
    #     pos = wpe[:T]
    #     emb = tok + pos
    #     emb_ms = (emb**2).mean(1, keepdims=True)
    #     emb_inv = (emb_ms + EPSILON) ** -0.5
    #     x = emb * emb_inv
    demb_inv = None  # TODO (T, 1): from dx
    demb_ms = None  # TODO (T, 1): from demb_inv
    demb = None  # TODO (T, C): from dx and demb_ms
    dpos = None  # TODO (T, C): from demb
    dwpe = None  # TODO (16, C): from dpos
    dtok = None  # TODO (T, C): from demb
    dwte = None  # TODO (V, C): from dlogits and dtok
    return locals()


def norm(x, dx):
    """Part 2: the norm in closed form: demb (T, C) from dx (T, C), the three steps of emb_ms, emb_inv and x at once."""
    return None  # TODO: use x.x, x.emb_inv and dx


def backward(x):
    """Part 3: the whole backward pass, as short as you can; the model is then trained with it."""
    return {
        "wte": None,  # TODO
        "wpe": None,  # TODO
        "Wq": None,  # TODO
        "Wk": None,  # TODO
        "Wv": None,  # TODO
        "Wo": None,  # TODO
        "W1": None,  # TODO
        "W2": None,  # TODO
    }
