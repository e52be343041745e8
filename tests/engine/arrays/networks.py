"""Layers of the usual networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from .construct import COLUMNS, FACTOR, MASK, B, Construct, M, V, torch


def _causal_attention(q: Any, k: Any, v: Any) -> Any:
    scores = np.where(MASK, q @ np.swapaxes(k, -1, -2) * FACTOR, -np.inf)
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return weights / np.sum(weights, axis=-1, keepdims=True) @ v


def _their_attention(q: Any, k: Any, v: Any) -> Any:
    scores = (q @ k.transpose(-1, -2) * FACTOR).masked_fill(~torch.tensor(MASK), -np.inf)
    return torch.softmax(scores, -1) @ v


def _layer_norm(x: Any, gain: Any, bias: Any) -> Any:
    return gain * (x - x.mean(-1, keepdims=True)) / np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-5) + bias


def _their_layer_norm(x: Any, gain: Any, bias: Any) -> Any:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], gain, bias)


def _lstm_step(x: Any, h: Any, c: Any, W: Any) -> Any:
    i, f, o, g = np.split(np.concatenate([x, h], axis=1) @ W, 4, axis=1)
    c = 1 / (1 + np.exp(-f)) * c + 1 / (1 + np.exp(-i)) * np.tanh(g)
    return 1 / (1 + np.exp(-o)) * np.tanh(c)


def _their_lstm_step(x: Any, h: Any, c: Any, W: Any) -> Any:
    i, f, o, g = torch.chunk(torch.cat([x, h], 1) @ W, 4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c)


def _convolution(x: Any, w: Any) -> Any:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), (2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, w)


def _max_pool(x: Any) -> Any:
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))


def _cross_entropy(logits: Any) -> Any:
    shifted = logits - logits.max(1, keepdims=True)
    logprobs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return -logprobs[range(3), COLUMNS].mean()


NETWORKS = {
    "attention": Construct(_causal_attention, _their_attention, ((2, 4, 3), (2, 4, 3), (2, 4, 3))),
    "layer norm": Construct(_layer_norm, _their_layer_norm, (B, V, V)),
    "lstm": Construct(_lstm_step, _their_lstm_step, ((2, 3), (2, 2), (2, 2), (5, 8))),
    "convolution": Construct(
        _convolution, lambda x, w: torch.nn.functional.conv2d(x, w, padding=1), ((2, 3, 4, 4), (2, 3, 3, 3))
    ),
    "max pool": Construct(_max_pool, lambda x: torch.nn.functional.max_pool2d(x, 2), ((2, 2, 4, 4),)),
    "cross-entropy": Construct(
        _cross_entropy, lambda x: torch.nn.functional.cross_entropy(x, torch.tensor(COLUMNS)), (M,)
    ),
    "rms norm": Construct(
        lambda x, g: g * x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5),
        lambda x, g: torch.nn.functional.rms_norm(x, (4,), g, 1e-5),
        (M, V),
    ),
}
