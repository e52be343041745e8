"""Train a tiny GPT with a backward pass of your own, in NumPy."""

from __future__ import annotations

import numpy as np

Arrays = dict[str, np.ndarray]


def forward(params: Arrays, tokens: np.ndarray, heads: int) -> Arrays:
    """Everything that the network computes for one text, up to the probabilities; ready, nothing to do here.

    Args:
        params: wte (V, C), wpe (P, C), Wq, Wk, Wv, Wo (C, C), W1 (C, D), W2 (D, C).
        tokens: what goes in, of shape (T,), T <= P.
        heads: H.
    """
    T, C = len(tokens), params["wte"].shape[1]
    f = {"emb": params["wte"][tokens] + params["wpe"][:T]}
    for norm, source in (("x", "emb"), ("a", "x")):
        f[f"inv_{norm}"] = ((f[source] ** 2).mean(1, keepdims=True) + 1e-5) ** -0.5
        f[norm] = f[source] * f[f"inv_{norm}"]
    for name in "qkv":
        f[name] = (f["a"] @ params[f"W{name}"]).reshape(T, heads, C // heads).transpose(1, 0, 2)
    scores = f["q"] @ f["k"].swapaxes(1, 2) / np.sqrt(C // heads)
    exps = np.exp(np.where(np.tri(T, dtype=bool), scores, -np.inf))
    f["weights"] = exps / exps.sum(2, keepdims=True)
    f["merged"] = (f["weights"] @ f["v"]).transpose(1, 0, 2).reshape(T, C)
    f["y"] = f["x"] + f["merged"] @ params["Wo"]
    f["inv_m"] = ((f["y"] ** 2).mean(1, keepdims=True) + 1e-5) ** -0.5
    f["m"] = f["y"] * f["inv_m"]
    f["h"] = f["m"] @ params["W1"]
    f["z"] = np.maximum(f["h"], 0.0)
    f["out"] = f["y"] + f["z"] @ params["W2"]
    f["logits"] = f["out"] @ params["wte"].T
    exps = np.exp(f["logits"] - f["logits"].max(1, keepdims=True))
    f["probs"] = exps / exps.sum(1, keepdims=True)
    return f


def backward(params: Arrays, f: Arrays, tokens: np.ndarray, targets: np.ndarray) -> Arrays:
    """The gradient of each parameter, for one text, as in the kata tiny_gpt."""
    p = params
    H, T, d = f["q"].shape
    dlogits = f["probs"].copy()
    dlogits[np.arange(T), targets] -= 1.0
    dlogits /= T
    dout = dlogits @ p["wte"]
    dh = (dout @ p["W2"].T) * (f["h"] > 0.0)
    dy = dout + _rmsnorm(f["m"], f["inv_m"], dh @ p["W1"].T)
    dheads = (dy @ p["Wo"].T).reshape(T, H, d).transpose(1, 0, 2)
    dweights = dheads @ f["v"].swapaxes(1, 2)
    dscores = f["weights"] * (dweights - (f["weights"] * dweights).sum(2, keepdims=True)) / np.sqrt(d)
    split = {
        "q": dscores @ f["k"],
        "k": dscores.swapaxes(1, 2) @ f["q"],
        "v": f["weights"].swapaxes(1, 2) @ dheads,
    }
    flat = {name: heads.transpose(1, 0, 2).reshape(T, H * d) for name, heads in split.items()}
    da = sum(flat[name] @ p[f"W{name}"].T for name in "qkv")
    dx = dy + _rmsnorm(f["a"], f["inv_a"], da)
    demb = _rmsnorm(f["x"], f["inv_x"], dx)
    dwte, dwpe = dlogits.T @ f["out"], np.zeros_like(p["wpe"])
    np.add.at(dwte, tokens, demb)
    dwpe[:T] = demb
    return {
        "wte": dwte, "wpe": dwpe, "Wq": f["a"].T @ flat["q"], "Wk": f["a"].T @ flat["k"], "Wv": f["a"].T @ flat["v"],
        "Wo": f["merged"].T @ dy, "W1": f["m"].T @ dh, "W2": f["z"].T @ dout,
    }  # fmt: skip


def _rmsnorm(norm: np.ndarray, inv: np.ndarray, dnorm: np.ndarray) -> np.ndarray:
    """The gradient of what was normed, as in the kata rmsnorm."""
    return inv * (dnorm - norm * (dnorm * norm).mean(1, keepdims=True))


def train(params: Arrays, texts: list[list[int]], steps: int, lr: float, heads: int) -> list[float]:
    """Train every parameter by Adam, one text per step, in their order and from the first again.

    The text [5, 2, 5] asks two things: after 5 comes 2, and after 5, 2 comes 5. For the gradient g of a parameter and
    the step t = 1, 2 ... Adam keeps m = 0.85*m + 0.15*g and v = 0.99*v + 0.01*g**2, both from 0, and moves the
    parameter by -lr*(m/(1 - 0.85**t))/(sqrt(v/(1 - 0.99**t)) + 1e-8). (Kingma & Ba, 2014, algorithm 1.)

    Args:
        params: the arrays at their start, as in `forward`; afterwards it holds the trained ones.
        texts: lists of tokens, each of at least 2.
        steps: how many steps to make.
        lr: the learning rate.
        heads: H.

    Returns:
        The loss of each step's text before that step, `steps` numbers.
    """
    losses = []
    m = {name: np.zeros_like(numbers) for name, numbers in params.items()}
    v = {name: np.zeros_like(numbers) for name, numbers in params.items()}
    for step in range(steps):
        text = np.array(texts[step % len(texts)])
        # The targets are the same text, one token on.
        tokens, targets = text[:-1], text[1:]
        found = forward(params, tokens, heads)
        losses.append(float(-np.log(found["probs"][np.arange(len(tokens)), targets]).mean()))
        grads = backward(params, found, tokens, targets)
        for name, g in grads.items():
            m[name] = 0.85 * m[name] + 0.15 * g
            v[name] = 0.99 * v[name] + 0.01 * g**2
            # Both begin at 0 and are too small at first; this is what makes up for it.
            fair_m, fair_v = m[name] / (1.0 - 0.85 ** (step + 1)), v[name] / (1.0 - 0.99 ** (step + 1))
            params[name] = params[name] - lr * fair_m / (np.sqrt(fair_v) + 1e-8)
    return losses
