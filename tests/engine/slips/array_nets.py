"""Networks with their backward pass by hand in plain NumPy, in any precision."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from handgrad import label, manual
from handgrad.arrays import array

Namer = Callable[[Any, str], Any]


class Net(NamedTuple):
    """A network.

    Attributes:
        parameters: random generator -> float64 arrays by name.
        forward: (parameters, what names an array) -> every array by its name, and `loss`.
        backward: the arrays of `forward` -> their gradients.
    """

    parameters: Callable[[np.random.Generator], dict[str, Any]]
    forward: Callable[[dict[str, Any], Namer], SimpleNamespace]
    backward: Callable[[SimpleNamespace], SimpleNamespace]

    def made(self, seed: int, dtype: Any) -> tuple[SimpleNamespace, SimpleNamespace]:
        """The network as nodes in manual mode, and its gradients by hand computed in `dtype`."""
        exact = {
            name: numbers.astype(np.float32) for name, numbers in self.parameters(np.random.default_rng(seed)).items()
        }
        with manual():
            nodes = self.forward({name: array(x.astype(float), name) for name, x in exact.items()}, label)
        floats = self.forward({name: x.astype(dtype) for name, x in exact.items()}, lambda x, _: x)
        return nodes, self.backward(floats)


def tanh_layers(n: int = 32, sizes: tuple[int, int, int] = (20, 10, 5), gain: float = 1.5) -> Net:
    """Two layers of tanh, and the mean of the squares."""
    a, b, c = sizes

    def parameters(rng: np.random.Generator) -> dict[str, Any]:
        return {
            "x": rng.normal(size=(n, a)),
            "W1": gain * rng.normal(size=(a, b)) / a**0.5, "b1": 0.1 * rng.normal(size=b),
            "W2": gain * rng.normal(size=(b, c)) / b**0.5, "b2": 0.1 * rng.normal(size=c),
        }  # fmt: skip

    def forward(p: dict[str, Any], name: Namer) -> SimpleNamespace:
        z1 = name(p["x"] @ p["W1"] + p["b1"], "z1")
        h1 = name(np.tanh(z1), "h1")
        z2 = name(h1 @ p["W2"] + p["b2"], "z2")
        h2 = name(np.tanh(z2), "h2")
        return SimpleNamespace(**p, z1=z1, h1=h1, z2=z2, h2=h2, loss=(h2**2).mean())

    def backward(x: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace()
        d.h2 = 2 * x.h2 / x.h2.dtype.type(x.h2.size)
        d.z2 = (1 - x.h2**2) * d.h2
        d.W2, d.b2, d.h1 = x.h1.T @ d.z2, d.z2.sum(0), d.z2 @ x.W2.T
        d.z1 = (1 - x.h1**2) * d.h1
        d.W1, d.b1, d.x = x.x.T @ d.z1, d.z1.sum(0), d.z1 @ x.W1.T
        return d

    return Net(parameters, forward, backward)


def batch_norm(n: int = 24, sizes: tuple[int, int, int] = (12, 16, 6), scale: float = 1.0, *, in_one_go: bool) -> Net:
    """A linear layer with a bias, batch norm, tanh, and cross-entropy; by steps, or by the short forms."""
    a, b, c = sizes
    rows, targets = np.arange(n), np.arange(n) % c

    def parameters(rng: np.random.Generator) -> dict[str, Any]:
        return {
            "x": rng.normal(size=(n, a)),
            "W1": scale * rng.normal(size=(a, b)) / a**0.5, "b1": scale * rng.normal(size=b),
            "gain": 1 + 0.1 * rng.normal(size=b), "bias": 0.1 * rng.normal(size=b),
            "W2": rng.normal(size=(b, c)) / b**0.5, "b2": 0.1 * rng.normal(size=c),
        }  # fmt: skip

    def forward(p: dict[str, Any], name: Namer) -> SimpleNamespace:
        z = name(p["x"] @ p["W1"] + p["b1"], "z")
        mean = name(z.mean(0), "mean")
        off = name(z - mean, "off")
        var = name((off**2).mean(0), "var")
        inv = name((var + 1e-5) ** -0.5, "inv")
        raw = name(off * inv, "raw")
        y = name(raw * p["gain"] + p["bias"], "y")
        h = name(np.tanh(y), "h")
        logits = name(h @ p["W2"] + p["b2"], "logits")
        e = name(np.exp(logits - logits.max(1, keepdims=True)), "e")
        total = name(e.sum(1, keepdims=True), "total")
        probs = name(e / total, "probs")
        loss = -np.log(probs)[rows, targets].mean()
        made = {key: value for key, value in locals().items() if key not in ("p", "name")}
        return SimpleNamespace(**p, **made)

    def backward(x: SimpleNamespace) -> SimpleNamespace:
        d, kind = SimpleNamespace(), x.x.dtype.type
        hot = np.zeros_like(x.probs)
        hot[rows, targets] = 1
        if in_one_go:
            d.logits = (x.probs - hot) / kind(n)
        else:
            d.probs = -hot / x.probs / kind(n)
            d.total = -(d.probs * x.e / x.total**2).sum(1, keepdims=True)
            d.e = d.probs / x.total + d.total
            largest = np.zeros_like(x.logits)
            largest[rows, x.logits.argmax(1)] = 1
            inside = d.e * x.e
            d.logits = inside - largest * inside.sum(1, keepdims=True)
        d.W2, d.b2, d.h = x.h.T @ d.logits, d.logits.sum(0), d.logits @ x.W2.T
        d.y = (1 - x.h * x.h) * d.h
        d.gain, d.bias, d.raw = (d.y * x.raw).sum(0), d.y.sum(0), d.y * x.gain
        if in_one_go:
            d.z = x.inv / kind(n) * (kind(n) * d.raw - d.raw.sum(0) - x.raw * (d.raw * x.raw).sum(0))
        else:
            d.inv = (d.raw * x.off).sum(0)
            d.var = kind(-0.5) * (x.var + kind(1e-5)) ** kind(-1.5) * d.inv
            d.off = d.raw * x.inv + 2 * x.off / kind(n) * d.var
            d.mean = -d.off.sum(0)
            d.z = d.off + d.mean / kind(n)
        d.W1, d.b1, d.x = x.x.T @ d.z, d.z.sum(0), d.z @ x.W1.T
        return d

    return Net(parameters, forward, backward)


def attention(batch: int = 3, steps: int = 5, width: int = 8) -> Net:
    """One causal head of attention, a residual, and layer norm."""
    mask = np.where(np.tril(np.ones((steps, steps))) > 0.0, 0.0, -1e4).astype(np.float32)

    def parameters(rng: np.random.Generator) -> dict[str, Any]:
        weights = {name: rng.normal(size=(width, width)) / width**0.5 for name in ("Wq", "Wk", "Wv", "Wo")}
        return {
            "x": rng.normal(size=(batch, steps, width)), **weights,
            "gain": 1 + 0.1 * rng.normal(size=width), "bias": 0.1 * rng.normal(size=width),
        }  # fmt: skip

    def forward(p: dict[str, Any], name: Namer) -> SimpleNamespace:
        q, k, v = name(p["x"] @ p["Wq"], "q"), name(p["x"] @ p["Wk"], "k"), name(p["x"] @ p["Wv"], "v")
        scores = name(q @ k.transpose(0, 2, 1) * width**-0.5 + mask, "scores")
        e = name(np.exp(scores - scores.max(-1, keepdims=True)), "e")
        shares = name(e / e.sum(-1, keepdims=True), "shares")
        heads = name(shares @ v, "heads")
        sums = name(p["x"] + heads @ p["Wo"], "sums")
        off = name(sums - sums.mean(-1, keepdims=True), "off")
        inv = name(((off * off).mean(-1, keepdims=True) + 1e-5) ** -0.5, "inv")
        raw = name(off * inv, "raw")
        y = name(raw * p["gain"] + p["bias"], "y")
        loss = (y * np.tanh(y)).mean()
        made = {key: value for key, value in locals().items() if key not in ("p", "name")}
        return SimpleNamespace(**p, **made)

    def backward(x: SimpleNamespace) -> SimpleNamespace:
        d, kind = SimpleNamespace(), x.x.dtype.type
        t = np.tanh(x.y)
        d.y = (t + x.y * (1 - t * t)) / kind(x.y.size)
        d.gain, d.bias, d.raw = (d.y * x.raw).sum((0, 1)), d.y.sum((0, 1)), d.y * x.gain
        shared = d.raw.mean(-1, keepdims=True) + x.raw * (d.raw * x.raw).mean(-1, keepdims=True)
        d.sums = x.inv * (d.raw - shared)
        d.Wo, d.heads = np.einsum("btd,bte->de", x.heads, d.sums), d.sums @ x.Wo.T
        d.shares, d.v = d.heads @ x.v.transpose(0, 2, 1), x.shares.transpose(0, 2, 1) @ d.heads
        d.scores = x.shares * (d.shares - (d.shares * x.shares).sum(-1, keepdims=True))
        scaled = d.scores * kind(width**-0.5)
        d.q, d.k = scaled @ x.k, scaled.transpose(0, 2, 1) @ x.q
        for name, above in (("Wq", d.q), ("Wk", d.k), ("Wv", d.v)):
            setattr(d, name, np.einsum("btd,bte->de", x.x, above))
        d.x = d.sums + d.q @ x.Wq.T + d.k @ x.Wk.T + d.v @ x.Wv.T
        return d

    return Net(parameters, forward, backward)


def array_chain() -> dict[str, Any]:
    """loss = sum(exp(1.7 * tanh(x))), nothing filled in."""
    rng = np.random.default_rng(4)
    with manual():
        x = array(rng.uniform(0.1, 0.9, (3, 4)), "x")
        u = label(x.tanh(), "u")
        v = label(u * 1.7, "v")
        loss = v.exp().sum()
    return {"x": x, "u": u, "v": v, "loss": loss}
