"""Backward through the whole makemore MLP, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]
GRADIENTS = (
    "logits", "h", "W2", "b2",
    "hpreact", "gain", "bias", "hprebn",
    "W1", "b1", "emb", "C",
)  # fmt: skip


def makemore_mlp(params: Arrays, forward: Arrays, X: np.ndarray, Y: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of the mean cross-entropy.

    Args:
        params: C (V, d), W1 (T*d, H), b1 (1, H), gain (1, H), bias (1, H), W2 (H, V), b2 (1, V).
        forward: what the forward pass computed: emb (B, T, d), flat (B, T*d), hprebn (B, H), raw (B, H),
            inv (1, H), hpreact (B, H), h (B, H), logits (B, V), probs (B, V), the softmax of the logits.
        X: the letters that go in, of shape (B, T), whole numbers from 0 to V - 1.
        Y: the letter that comes next, of shape (B,).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    n = len(X)
    raw, h = forward["raw"], forward["h"]

    # Softmax, logarithm and mean in one: (p - y) / n.
    dlogits = forward["probs"].copy()
    dlogits[np.arange(n), Y] -= 1.0
    dlogits /= n

    # A linear layer: inputs.T @ upstream, upstream @ weights.T, and the sum of what was broadcast.
    dh = dlogits @ params["W2"].T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0, keepdims=True)

    dhpreact = (1.0 - h**2) * dh

    dgain = (raw * dhpreact).sum(0, keepdims=True)
    dbias = dhpreact.sum(0, keepdims=True)
    # Batch norm in closed form: less what a shift and what a stretch of the column would do.
    dhprebn = (
        params["gain"]
        * forward["inv"]
        / n
        * (n * dhpreact - dhpreact.sum(0) - n / (n - 1) * raw * (dhpreact * raw).sum(0))
    )

    dflat = dhprebn @ params["W1"].T
    dW1 = forward["flat"].T @ dhprebn
    # Each column of dhprebn sums to 0, so this is 0: batch norm has made b1 useless.
    db1 = dhprebn.sum(0, keepdims=True)

    demb = dflat.reshape(forward["emb"].shape)
    dC = np.zeros_like(params["C"])
    np.add.at(dC, X, demb)  # dC[X] += demb would lose every repeated letter

    found = (dlogits, dh, dW2, db2, dhpreact, dgain, dbias, dhprebn, dW1, db1, demb, dC)
    return dict(zip(GRADIENTS, found))
