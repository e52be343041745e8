"""The worksheet: put a gradient in place of every None, from the top down.

Check as often as you like, after every line if you want: `python -m handgrad.demos.makemore check THIS_FILE`.

Every array of the forward pass, whose lines stand above their gradients, is a float array of the same
name: `x.probs`, `x.counts`, `x.W2` ... The batch is `x.n` (32 examples), `x.Xb` (n, 3) and `x.Yb` (n,), the
numbers of the characters before and after.
None of them can be written to: what is to be changed is copied first, `x.probs.copy()`.
A gradient has the shape of its array. V is 27, the number of characters; EPSILON is 1e-5.
"""

import numpy as np  # noqa: F401


def every_step(x):
    """Part 1: the gradient of every intermediate array, one by one, from the loss down."""
    # Cross-entropy:
    #     logit_maxes = logits.max(1, keepdims=True)
    #     norm_logits = logits - logit_maxes
    #     counts = np.exp(norm_logits)
    #     counts_sum = counts.sum(1, keepdims=True)
    #     counts_sum_inv = counts_sum**-1
    #     probs = counts * counts_sum_inv
    #     logprobs = np.log(probs)
    #     loss = -logprobs[range(n), Yb].mean()
    dlogprobs = None  # TODO (n, V): use only x.n and x.Yb
    dprobs = None  # TODO (n, V): from dlogprobs
    dcounts_sum_inv = None  # TODO (n, 1): from dprobs
    dcounts_sum = None  # TODO (n, 1): from dcounts_sum_inv
    dcounts = None  # TODO (n, V): from dprobs and dcounts_sum
    dnorm_logits = None  # TODO (n, V): from dcounts
    dlogit_maxes = None  # TODO (n, 1): from dnorm_logits
    dlogits = None  # TODO (n, V): from dnorm_logits and dlogit_maxes
    # Non-linearity and second linear layer:
    #     h = np.tanh(hpreact)
    #     logits = h @ W2 + b2
    dh = None  # TODO (n, 64): from dlogits
    dW2 = None  # TODO (64, V): from dlogits
    db2 = None  # TODO (V,): from dlogits
    dhpreact = None  # TODO (n, 64): from dh
    # Batch norm:
    #     bnmeani = 1 / n * hprebn.sum(0, keepdims=True)
    #     bndiff = hprebn - bnmeani
    #     bndiff2 = bndiff**2
    #     bnvar = 1 / (n - 1) * bndiff2.sum(0, keepdims=True)
    #     bnvar_inv = (bnvar + EPSILON) ** -0.5
    #     bnraw = bndiff * bnvar_inv
    #     hpreact = bngain * bnraw + bnbias
    dbngain = None  # TODO (1, 64): from dhpreact
    dbnbias = None  # TODO (1, 64): from dhpreact
    dbnraw = None  # TODO (n, 64): from dhpreact
    dbnvar_inv = None  # TODO (1, 64): from dbnraw
    dbnvar = None  # TODO (1, 64): from dbnvar_inv
    dbndiff2 = None  # TODO (n, 64): from dbnvar
    dbndiff = None  # TODO (n, 64): from dbnraw and dbndiff2
    dbnmeani = None  # TODO (1, 64): from dbndiff
    dhprebn = None  # TODO (n, 64): from dbndiff and dbnmeani
    # Embedding and first linear layer:
    #     emb = C[Xb]
    #     embcat = emb.reshape(n, -1)
    #     hprebn = embcat @ W1 + b1
    dembcat = None  # TODO (n, 30): from dhprebn
    dW1 = None  # TODO (30, 64): from dhprebn
    db1 = None  # TODO (64,): from dhprebn
    demb = None  # TODO (n, 3, 10): from dembcat
    dC = None  # TODO (V, 10): from demb
    return locals()


def cross_entropy(x):
    """Part 2: dlogits (n, V) in closed form: do the algebra on paper first, then write one or two lines."""
    return None  # TODO: use x.probs, x.Yb and x.n


def batch_norm(x, dhpreact):
    """Part 3: dhprebn (n, 64) in closed form from dhpreact (n, 64): again on paper first."""
    return None  # TODO: use x.bngain, x.bnvar_inv, x.bnraw, x.n and dhpreact


def backward(x):
    """Part 4: the whole backward pass, short; the model is then trained with it."""
    return {
        "C": None,  # TODO: from what you have above
        "W1": None,
        "b1": None,
        "W2": None,
        "b2": None,
        "bngain": None,
        "bnbias": None,
    }
