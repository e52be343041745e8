"""The network, against another engine's gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad.demos.microgpt import model, vocabulary

TOKENS = vocabulary.tokens("anna")


def by_torch(torch: Any) -> dict[str, np.ndarray]:
    """The gradient of every array of the exercise, by another engine and from the formulas of the papers."""
    p = {name: torch.tensor(data, requires_grad=True) for name, data in model.parameters(27).items()}
    made = dict(p)

    def keep(name: str, tensor: Any) -> Any:
        tensor.retain_grad()
        made[name] = tensor
        return tensor

    def norm(name: str, source: Any, ms: str, inv: str) -> Any:
        mean_square = keep(ms, source.pow(2).mean(1, keepdim=True))
        return keep(name, source * keep(inv, torch.rsqrt(mean_square + 1e-5)))

    tokens, targets = torch.tensor(TOKENS[:-1]), torch.tensor(TOKENS[1:])
    T, C = len(tokens), model.WIDTH
    tok = keep("tok", torch.nn.functional.embedding(tokens, p["wte"]))
    pos = keep("pos", p["wpe"][:T])
    x = norm("x", keep("emb", tok + pos), "emb_ms", "emb_inv")
    a = norm("a", x, "x_ms", "x_inv")
    q, k, v = (keep(name, a @ p[f"W{name}"]) for name in "qkv")
    qs, ks, vs = (keep(f"{n}s", t.view(T, model.HEADS, -1).transpose(0, 1)) for n, t in zip("qkv", (q, k, v)))
    scores = keep("scores", qs @ ks.transpose(1, 2) / (C // model.HEADS) ** 0.5)
    masked = scores.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), float("-inf"))
    weights = keep("weights", torch.softmax(masked, -1))
    merged = keep("merged", keep("heads", weights @ vs).transpose(0, 1).reshape(T, C))
    y = keep("y", x + keep("attended", merged @ p["Wo"]))
    m = norm("m", y, "y_ms", "y_inv")
    z = keep("z", torch.relu(keep("h", m @ p["W1"])))
    out = keep("out", y + keep("mlp", z @ p["W2"]))
    logits = keep("logits", out @ p["wte"].T)
    torch.nn.functional.cross_entropy(logits, targets).backward()
    return {name: made[name].grad.numpy() for name in model.INTERMEDIATES}


def test_every_array_has_torchs_gradient(torch: Any) -> None:
    expected = by_torch(torch)
    x = model.build_nodes(model.parameters(27), TOKENS[:-1], TOKENS[1:])
    x.loss.backward()
    for name in model.INTERMEDIATES:
        assert getattr(x, name).grad == pytest.approx(expected[name], rel=1e-9, abs=1e-14), name
