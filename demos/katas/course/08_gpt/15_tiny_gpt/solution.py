"""Backward through a whole tiny GPT, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]
GRADIENTS = (
    "logits", "out",
    "z", "W2", "h", "W1",
    "m", "y",
    "Wo", "merged", "v",
    "weights", "q", "k",
    "Wv", "Wk", "Wq",
    "a", "x",
    "emb", "wpe", "wte",
)  # fmt: skip


def tiny_gpt(params: Arrays, forward: Arrays, tokens: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray | None]:
    """The gradients of the mean next-token cross-entropy.

    Forward it was: emb = wte[tokens] + wpe[:T], x = emb*inv_x, the block of the kata `block` from x to out,
    logits = out @ wte.T, probs = the softmax of each row, L = the mean over t of -log(probs[t, targets[t]]).

    Args:
        params: wte (V, C), wpe (P, C) with P >= T, Wq, Wk, Wv, Wo (C, C), W1 (C, D), W2 (D, C).
        forward: emb, x, a, y, m, out, merged (T, C); inv_x, inv_a, inv_m (T, 1), the inverse root mean squares of
            emb, x and y; q, k, v (H, T, d); weights (H, T, T); h, z (T, D); logits, probs (T, V).
        tokens: what goes in, of shape (T,), whole numbers from 0 to V - 1.
        targets: the token that comes next, of shape (T,).

    Returns:
        For each name of GRADIENTS the gradient of that array, in the array's own shape.
    """
    f, p = forward, params
    H, T, d = f["q"].shape

    dlogits = f["probs"].copy()
    dlogits[np.arange(T), targets] -= 1.0
    dlogits /= T
    dout = dlogits @ p["wte"]
    dwte = dlogits.T @ f["out"]  # the first of the table's two uses

    dz = dout @ p["W2"].T
    dh = dz * (f["h"] > 0.0)
    dm = dh @ p["W1"].T
    dy = dout + _rmsnorm(f["m"], f["inv_m"], dm)

    dmerged = dy @ p["Wo"].T
    dheads = dmerged.reshape(T, H, d).transpose(1, 0, 2)
    dv = f["weights"].swapaxes(1, 2) @ dheads
    dweights = dheads @ f["v"].swapaxes(1, 2)
    dscores = f["weights"] * (dweights - (f["weights"] * dweights).sum(2, keepdims=True)) / np.sqrt(d)
    dq = dscores @ f["k"]
    dk = dscores.swapaxes(1, 2) @ f["q"]
    flat = {name: heads.transpose(1, 0, 2).reshape(T, H * d) for name, heads in (("q", dq), ("k", dk), ("v", dv))}
    da = sum(flat[name] @ p[f"W{name}"].T for name in "qkv")
    dx = dy + _rmsnorm(f["a"], f["inv_a"], da)

    demb = _rmsnorm(f["x"], f["inv_x"], dx)
    dwpe = np.zeros_like(p["wpe"])
    dwpe[:T] = demb
    np.add.at(dwte, tokens, demb)  # the second: a pick at a time, as tokens repeat

    return {
        "logits": dlogits, "out": dout, "z": dz, "W2": f["z"].T @ dout, "h": dh, "W1": f["m"].T @ dh, "m": dm,
        "y": dy, "Wo": f["merged"].T @ dy, "merged": dmerged, "v": dv, "weights": dweights, "q": dq, "k": dk,
        "Wv": f["a"].T @ flat["v"], "Wk": f["a"].T @ flat["k"], "Wq": f["a"].T @ flat["q"], "a": da, "x": dx,
        "emb": demb, "wpe": dwpe, "wte": dwte,
    }  # fmt: skip


def _rmsnorm(norm: np.ndarray, inv: np.ndarray, dnorm: np.ndarray) -> np.ndarray:
    """The gradient of what was normed, as in the kata rmsnorm."""
    return inv * (dnorm - norm * (dnorm * norm).mean(1, keepdims=True))
