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
    # TODO: in each step forward, loss, your own backward, and a move of every parameter by Adam.
    return []
