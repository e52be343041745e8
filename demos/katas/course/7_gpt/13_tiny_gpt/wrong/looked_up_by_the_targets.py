# says: Mend first: wte
import numpy as np

GRADIENTS = (
    "logits",
    "out",
    "z",
    "W2",
    "h",
    "W1",
    "m",
    "y",
    "Wo",
    "merged",
    "v",
    "weights",
    "q",
    "k",
    "Wv",
    "Wk",
    "Wq",
    "a",
    "x",
    "emb",
    "wpe",
    "wte",
)


def tiny_gpt(params, forward, tokens, targets):
    f, p = (forward, params)
    H, T, d = f["q"].shape
    dlogits = f["probs"].copy()
    dlogits[np.arange(T), targets] -= 1.0
    dlogits /= T
    dout = dlogits @ p["wte"]
    dwte = dlogits.T @ f["out"]
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
    np.add.at(dwte, targets, demb)
    return {
        "logits": dlogits,
        "out": dout,
        "z": dz,
        "W2": f["z"].T @ dout,
        "h": dh,
        "W1": f["m"].T @ dh,
        "m": dm,
        "y": dy,
        "Wo": f["merged"].T @ dy,
        "merged": dmerged,
        "v": dv,
        "weights": dweights,
        "q": dq,
        "k": dk,
        "Wv": f["a"].T @ flat["v"],
        "Wk": f["a"].T @ flat["k"],
        "Wq": f["a"].T @ flat["q"],
        "a": da,
        "x": dx,
        "emb": demb,
        "wpe": dwpe,
        "wte": dwte,
    }


def _rmsnorm(norm, inv, dnorm):
    return inv * (dnorm - norm * (dnorm * norm).mean(1, keepdims=True))
