# says: Is the forward pass made anew in each step?
import numpy as np

Arrays = dict[str, np.ndarray]


def forward(params: Arrays, X: np.ndarray) -> Arrays:
    n = len(X)
    emb = params["C"][X]
    flat = emb.reshape(n, -1)
    hprebn = flat @ params["W1"] + params["b1"]
    diff = hprebn - hprebn.sum(0, keepdims=True) / n
    inv = ((diff**2).sum(0, keepdims=True) / (n - 1) + 1e-5) ** -0.5
    raw = diff * inv
    hpreact = params["gain"] * raw + params["bias"]
    h = np.tanh(hpreact)
    logits = h @ params["W2"] + params["b2"]
    exps = np.exp(logits - logits.max(1, keepdims=True))
    probs = exps / exps.sum(1, keepdims=True)
    return {
        "emb": emb, "flat": flat, "hprebn": hprebn, "inv": inv, "raw": raw, "hpreact": hpreact, "h": h,
        "logits": logits, "probs": probs,
    }  # fmt: skip


def backward(params: Arrays, found: Arrays, X: np.ndarray, Y: np.ndarray) -> Arrays:
    n = len(X)
    raw, h = found["raw"], found["h"]
    dlogits = found["probs"].copy()
    dlogits[np.arange(n), Y] -= 1.0
    dlogits /= n
    dhpreact = (1.0 - h**2) * (dlogits @ params["W2"].T)
    dhprebn = (
        params["gain"]
        * found["inv"]
        / n
        * (n * dhpreact - dhpreact.sum(0) - n / (n - 1) * raw * (dhpreact * raw).sum(0))
    )
    dC = np.zeros_like(params["C"])
    np.add.at(dC, X, (dhprebn @ params["W1"].T).reshape(found["emb"].shape))
    return {
        "C": dC,
        "W1": found["flat"].T @ dhprebn,
        "b1": dhprebn.sum(0, keepdims=True),
        "gain": (raw * dhpreact).sum(0, keepdims=True),
        "bias": dhpreact.sum(0, keepdims=True),
        "W2": h.T @ dlogits,
        "b2": dlogits.sum(0, keepdims=True),
    }


def train(params: Arrays, X: np.ndarray, Y: np.ndarray, steps: int, lr: float) -> list[float]:
    losses = []
    found = forward(params, X)
    for _ in range(steps):
        losses.append(float(-np.log(found["probs"][np.arange(len(X)), Y]).mean()))
        grads = backward(params, found, X, Y)
        for name, gradient in grads.items():
            params[name] = params[name] - lr * gradient
    return losses
