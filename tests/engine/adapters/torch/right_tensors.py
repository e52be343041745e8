"""Right gradients of tensors, drawn with a seed and written down as in `tests.right_sets`.

Autograd goes back once for each set. Hooks write each gradient down, and put it in the place of the exact one where
somebody goes on from what is written.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import torch

from handgrad import Comparison
from handgrad.adapters.torch import compare
from tests.right_sets import Rng, Style

Tensors = dict[str, torch.Tensor]
Made = Callable[..., torch.Tensor]


def _softmax(rng: Rng, made: Made) -> Tensors:
    """A max-shifted softmax with equal largest logits, step by step."""
    rows, width = rng.integers(2, 5), rng.integers(2, 6)
    logits = rng.normal(size=(rows, width)).round(1)
    for row in logits[rng.random(rows) < 0.6]:
        row[rng.choice(width, 2, replace=False)] = row.max() + 0.3
    z = made(logits)
    zmax = z.amax(1, keepdim=True) if rng.integers(2) else z.max(1, keepdim=True).values
    shifted = z - zmax
    e = shifted.exp()
    total = e.sum(1, keepdim=True)
    p = e / total
    logp = p.log()
    loss = -logp[torch.arange(rows), torch.as_tensor(rng.integers(0, width, rows))].mean()
    return {"z": z, "zmax": zmax, "shifted": shifted, "e": e, "total": total, "p": p, "logp": logp, "loss": loss}


def _batchnorm(rng: Rng, made: Made) -> Tensors:
    rows, width = rng.integers(3, 7), rng.integers(1, 4)
    x, gain = made(rng.normal(size=(rows, width)) * 1.7), made(rng.uniform(1.2, 1.8, (1, width)))
    b = made(rng.normal(size=(1, width)))  # whose gradient is 0 but for float noise
    h = x + b
    mean = h.mean(0, keepdim=True)
    diff = h - mean
    diff2 = diff**2
    var = diff2.sum(0, keepdim=True) / (rows - 1)
    inv = (var + 1e-5) ** -0.5
    raw = diff * inv
    out = gain * raw + made(rng.normal(size=(1, width)))
    loss = (out * made(rng.normal(size=(rows, width)), False)).sum()
    found = {"x": x, "gain": gain, "b": b, "h": h, "mean": mean, "diff": diff, "diff2": diff2}
    return {**found, "var": var, "inv": inv, "raw": raw, "out": out, "loss": loss}


def _mlp(rng: Rng, made: Made) -> Tensors:
    n, inner = rng.integers(2, 6), rng.integers(2, 5)
    x, W, b = made(rng.normal(size=(n, 3))), made(rng.normal(size=(3, inner))), made(rng.normal(size=inner))
    V = made(rng.normal(size=(inner, 2)))
    pre = x @ W + b
    h = pre.tanh() if rng.integers(2) else pre.relu()
    out = torch.nn.functional.linear(h, V.T)
    off = out - made(rng.normal(size=(n, 2)), False)
    return {"x": x, "W": W, "b": b, "V": V, "pre": pre, "h": h, "out": out, "off": off, "loss": (off**2).mean()}


def _attention(rng: Rng, made: Made) -> Tensors:
    n, width = rng.integers(2, 5), rng.integers(2, 4)
    x = made(rng.normal(size=(n, width)))
    found = {"x": x}
    for name in "qkv":
        W = found[f"W{name}"] = made(rng.normal(size=(width, width)))
        found[name] = x @ W
    scores = found["q"] @ found["k"].T * width**-0.5
    masked = scores.masked_fill(torch.tril(torch.ones(n, n)) == 0, -torch.inf)
    weights = masked.softmax(1)
    out = weights @ found["v"]
    loss = (out * made(rng.normal(size=(n, width)), False)).sum()
    return {**found, "scores": scores, "weights": weights, "out": out, "loss": loss}


def _max_pool(rng: Rng, made: Made) -> Tensors:
    n = rng.integers(2, 4)
    x, scale = made(rng.integers(-2, 3, (n, 3)) * 0.5), made(rng.uniform(0.5, 2.0, (n, 1)))
    h = x * scale
    pooled = h.amax(1) if rng.integers(2) else h.max(1).values
    loss = (pooled * made(rng.normal(size=n), False)).sum() + (h * made(rng.normal(size=(n, 3)), False)).sum()
    return {"x": x, "scale": scale, "h": h, "pooled": pooled, "loss": loss}


def _layernorm(rng: Rng, made: Made) -> Tensors:
    rows, width = rng.integers(2, 5), rng.integers(3, 6)
    x, gain, bias = made(rng.normal(size=(rows, width))), made(rng.uniform(1.2, 1.8, width)), made(np.zeros(width))
    c = made(rng.normal(size=(rows, 1)))
    h = x + c  # a shift of the row, which the norm takes away
    norm = torch.nn.functional.layer_norm(h, (int(width),))
    out = gain * norm + bias
    loss = (out * made(rng.normal(size=(rows, width)), False)).sum()
    return {"x": x, "c": c, "h": h, "norm": norm, "gain": gain, "bias": bias, "out": out, "loss": loss}


def _recurrence(rng: Rng, made: Made) -> Tensors:
    width, steps = rng.integers(2, 4), rng.integers(2, 7)
    W, U = made(rng.normal(size=(width, width))), made(rng.normal(size=(2, width)))
    found = {"W": W, "U": U, "h0": made(np.zeros((1, width)))}
    for step in range(steps):
        found[f"h{step + 1}"] = (found[f"h{step}"] @ W + made(rng.normal(size=(1, 2)), False) @ U).tanh()
    return {**found, "loss": (found[f"h{steps}"] * made(rng.normal(size=(1, width)), False)).sum()}


def _cross_entropy(rng: Rng, made: Made) -> Tensors:
    table, W = made(rng.normal(size=(4, 3))), made(rng.normal(size=(6, 4)))
    emb = table[torch.as_tensor(rng.integers(0, 4, (3, 2)))]
    flat = emb.reshape(3, 6)
    logits = flat @ W
    loss = torch.nn.functional.cross_entropy(logits, torch.as_tensor(rng.integers(0, 4, 3)))
    return {"table": table, "W": W, "emb": emb, "flat": flat, "logits": logits, "loss": loss}


PROGRAMS: dict[str, Callable[[Rng, Made], Tensors]] = {
    "softmax": _softmax,
    "batchnorm": _batchnorm,
    "mlp": _mlp,
    "attention": _attention,
    "max_pool": _max_pool,
    "layernorm": _layernorm,
    "recurrence": _recurrence,
    "cross_entropy": _cross_entropy,
}


@lru_cache(maxsize=2)
def _tensors(program: str, seed: int, dtype: torch.dtype) -> tuple[Tensors, Tensors]:
    """The tensors of a program, and the gradients of all but the loss."""

    def made(numbers: Any, is_asked: bool = True) -> torch.Tensor:
        return torch.tensor(np.asarray(numbers), dtype=dtype, requires_grad=is_asked)

    found = PROGRAMS[program](np.random.default_rng([seed, *program.encode()]), made)
    inner = {name: one for name, one in found.items() if name != "loss"}
    true = torch.autograd.grad(found["loss"], list(inner.values()), retain_graph=True)
    return found, dict(zip(inner, true))


class Drawn(NamedTuple):
    """A program of PyTorch's that is filled in.

    Attributes:
        loss: where backward starts.
        by_hand: as `compare` takes it.
        culprit: the name of a planted mistake's tensor, "" for none.
    """

    loss: torch.Tensor
    by_hand: dict[str, tuple[torch.Tensor, Any]]
    culprit: str

    def compare(self) -> Comparison:
        return compare(self.loss, self.by_hand)


def draw(program: str, seed: int, style: Style, mistake: float | None = None, turn: int = 0) -> Drawn | None:
    """A right set, or one with a gradient times `mistake` that the rest follows from; each `turn` has other blanks.

    The tensors have the style's dtype; gradients are tensors, or arrays of NumPy's.
    """
    tensors, true = _tensors(program, seed, torch.float32 if style.dtype is np.float32 else torch.float64)
    rng, written = np.random.default_rng([seed, turn]), dict[str, torch.Tensor]()
    inner = [name for name, gradient in true.items() if gradient.abs().max() > 1e-3]
    culprit = random.Random(seed + turn).choice(inner) if mistake is not None else ""
    filled = [name for name in true if name == culprit or rng.random() >= style.blanks]

    def hook(name: str, gradient: torch.Tensor) -> torch.Tensor:
        if name == culprit:
            gradient = gradient * mistake
        found = style.write(gradient.double().numpy()) if name in filled else None
        if found is not None:
            written[name] = torch.as_tensor(found)
        return written[name] if style.goes_on and name in written else gradient

    handles = [tensors[name].register_hook(partial(hook, name)) for name in true]
    torch.autograd.grad(tensors["loss"], [tensors[name] for name in true], retain_graph=True)
    for handle in handles:
        handle.remove()
    is_array = bool(rng.integers(2))
    by_hand = {name: (tensors[name], written[name].numpy() if is_array else written[name]) for name in written}
    return Drawn(tensors["loss"], by_hand, culprit) if by_hand and culprit in ["", *by_hand] else None


def accused(drawn: Drawn) -> list[str]:
    """The names of what is called WRONG and is not; those asked for more digits apart."""
    return [one.name for one in drawn.compare().causes if one.name != drawn.culprit and not one.rounded]


def is_seen(drawn: Drawn) -> bool:
    return any(one.name == drawn.culprit and one.status.value == "wrong" for one in drawn.compare())
