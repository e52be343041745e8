# says: what stands under the root
import numpy as np


def forward(params, tokens, heads):
    T, C = (len(tokens), params["wte"].shape[1])
    f = {"emb": params["wte"][tokens] + params["wpe"][:T]}
    for norm, source in (("x", "emb"), ("a", "x")):
        f[f"inv_{norm}"] = ((f[source] ** 2).mean(1, keepdims=True) + 1e-05) ** (-0.5)
        f[norm] = f[source] * f[f"inv_{norm}"]
    for name in "qkv":
        f[name] = (f["a"] @ params[f"W{name}"]).reshape(T, heads, C // heads).transpose(1, 0, 2)
    scores = f["q"] @ f["k"].swapaxes(1, 2) / np.sqrt(C // heads)
    exps = np.exp(np.where(np.tri(T, dtype=bool), scores, -np.inf))
    f["weights"] = exps / exps.sum(2, keepdims=True)
    f["merged"] = (f["weights"] @ f["v"]).transpose(1, 0, 2).reshape(T, C)
    f["y"] = f["x"] + f["merged"] @ params["Wo"]
    f["inv_m"] = ((f["y"] ** 2).mean(1, keepdims=True) + 1e-05) ** (-0.5)
    f["m"] = f["y"] * f["inv_m"]
    f["h"] = f["m"] @ params["W1"]
    f["z"] = np.maximum(f["h"], 0.0)
    f["out"] = f["y"] + f["z"] @ params["W2"]
    f["logits"] = f["out"] @ params["wte"].T
    exps = np.exp(f["logits"] - f["logits"].max(1, keepdims=True))
    f["probs"] = exps / exps.sum(1, keepdims=True)
    return f


def backward(params, f, tokens, targets):
    p = params
    H, T, d = f["q"].shape
    dlogits = f["probs"].copy()
    dlogits[np.arange(T), targets] -= 1.0
    dlogits /= T
    dout = dlogits @ p["wte"]
    dh = dout @ p["W2"].T * (f["h"] > 0.0)
    dy = dout + _rmsnorm(f["m"], f["inv_m"], dh @ p["W1"].T)
    dheads = (dy @ p["Wo"].T).reshape(T, H, d).transpose(1, 0, 2)
    dweights = dheads @ f["v"].swapaxes(1, 2)
    dscores = f["weights"] * (dweights - (f["weights"] * dweights).sum(2, keepdims=True)) / np.sqrt(d)
    split = {"q": dscores @ f["k"], "k": dscores.swapaxes(1, 2) @ f["q"], "v": f["weights"].swapaxes(1, 2) @ dheads}
    flat = {name: heads.transpose(1, 0, 2).reshape(T, H * d) for name, heads in split.items()}
    da = sum(flat[name] @ p[f"W{name}"].T for name in "qkv")
    dx = dy + _rmsnorm(f["a"], f["inv_a"], da)
    demb = _rmsnorm(f["x"], f["inv_x"], dx)
    dwte, dwpe = (dlogits.T @ f["out"], np.zeros_like(p["wpe"]))
    np.add.at(dwte, tokens, demb)
    dwpe[:T] = demb
    return {
        "wte": dwte,
        "wpe": dwpe,
        "Wq": f["a"].T @ flat["q"],
        "Wk": f["a"].T @ flat["k"],
        "Wv": f["a"].T @ flat["v"],
        "Wo": f["merged"].T @ dy,
        "W1": f["m"].T @ dh,
        "W2": f["z"].T @ dout,
    }


def _rmsnorm(norm, inv, dnorm):
    return inv * (dnorm - norm * (dnorm * norm).mean(1, keepdims=True))


def train(params, texts, steps, lr, heads):
    losses = []
    m = {name: np.zeros_like(numbers) for name, numbers in params.items()}
    v = {name: np.zeros_like(numbers) for name, numbers in params.items()}
    for step in range(steps):
        text = np.array(texts[step % len(texts)])
        tokens, targets = (text[:-1], text[1:])
        found = forward(params, tokens, heads)
        losses.append(float(-np.log(found["probs"][np.arange(len(tokens)), targets]).mean()))
        grads = backward(params, found, tokens, targets)
        for name, g in grads.items():
            m[name] = 0.85 * m[name] + 0.15 * g
            v[name] = 0.99 * v[name] + 0.01 * g**2
            fair_m, fair_v = (m[name] / (1.0 - 0.85 ** (step + 1)), v[name] / (1.0 - 0.99 ** (step + 1)))
            params[name] = params[name] - lr * fair_m / np.sqrt(fair_v + 1e-08)
    return losses
