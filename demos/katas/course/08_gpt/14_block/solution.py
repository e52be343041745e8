"""Backward through a whole transformer block, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]
GRADIENTS = (
    "z", "W2", "h", "W1",
    "m", "y",
    "Wo", "merged", "v",
    "weights", "q", "k",
    "Wv", "Wk", "Wq",
    "a", "x",
)  # fmt: skip


def block(params: Arrays, forward: Arrays, dout: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of a block: attention added to the stream, then an MLP added to it.

    Forward it was:

        a = x*inv_a;  q, k, v = the heads of a @ Wq, a @ Wk, a @ Wv
        weights = the softmax of each row of q @ k.T/sqrt(d), masked with -inf where s > t
        merged = the heads weights @ v, put together;  y = x + merged @ Wo
        m = y*inv_m;  h = m @ W1;  z = relu(h);  out = y + z @ W2

    Args:
        params: Wq, Wk, Wv, Wo (C, C), W1 (C, D), W2 (D, C).
        forward: x, a, y, m (T, C); inv_a, inv_m (T, 1), the inverse root mean squares of x and y; q, k, v (H, T, d);
            weights (H, T, T); merged (T, C); h, z (T, D).
        dout: the upstream gradient, of shape (T, C).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    f, p = forward, params
    H, T, d = f["q"].shape

    # The MLP, and the stream along it.
    dz = dout @ p["W2"].T
    dh = dz * (f["h"] > 0.0)
    dm = dh @ p["W1"].T
    dy = dout + _rmsnorm(f["m"], f["inv_m"], dm)

    # Attention, and the stream along it.
    dmerged = dy @ p["Wo"].T
    dheads = dmerged.reshape(T, H, d).transpose(1, 0, 2)
    dv = f["weights"].swapaxes(1, 2) @ dheads
    dweights = dheads @ f["v"].swapaxes(1, 2)
    # A weight of 0 makes a gradient of 0: where the mask hid a score, nothing comes back.
    dscores = f["weights"] * (dweights - (f["weights"] * dweights).sum(2, keepdims=True)) / np.sqrt(d)
    dq = dscores @ f["k"]
    dk = dscores.swapaxes(1, 2) @ f["q"]
    flat = {name: heads.transpose(1, 0, 2).reshape(T, H * d) for name, heads in (("q", dq), ("k", dk), ("v", dv))}
    # a was read three times.
    da = sum(flat[name] @ p[f"W{name}"].T for name in "qkv")
    dx = dy + _rmsnorm(f["a"], f["inv_a"], da)

    return {
        "z": dz, "W2": f["z"].T @ dout, "h": dh, "W1": f["m"].T @ dh, "m": dm, "y": dy,
        "Wo": f["merged"].T @ dy, "merged": dmerged, "v": dv, "weights": dweights, "q": dq, "k": dk,
        "Wv": f["a"].T @ flat["v"], "Wk": f["a"].T @ flat["k"], "Wq": f["a"].T @ flat["q"], "a": da, "x": dx,
    }  # fmt: skip


def _rmsnorm(norm: np.ndarray, inv: np.ndarray, dnorm: np.ndarray) -> np.ndarray:
    """The gradient of what was normed, as in the kata rmsnorm."""
    return inv * (dnorm - norm * (dnorm * norm).mean(1, keepdims=True))
