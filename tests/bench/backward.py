"""What `check_backward` costs on arrays of the size that people train with: in times of their own pass and memory.

A convolution by im2col, once with slices and once with indices as CS231n's has it, and a network of two layers. Each
is right, and wrong by one slip, which is judged without experiments and with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad import check_backward

from ..engine.repair.theirs.convs import conv_backward, conv_forward
from .common.timing import Figures, in_turns, medians, most_memory, timed, versions

ROUNDS = 3
SHAPE, FILTERS, WIDTH = (8, 64, 32, 32), 64, 3
BATCH, INPUTS, HIDDEN, CLASSES = 64, 2048, 512, 10

Case = tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]
"""A forward, a backward and what the forward is called with."""


def indices(shape: tuple[int, ...], width: int) -> tuple[Any, Any, Any]:
    """Where each entry of each patch stands in the padded image."""
    _, c, h, w = shape
    i0 = np.tile(np.repeat(np.arange(width), width), c)
    i1 = np.repeat(np.arange(h), w)
    j0 = np.tile(np.arange(width), width * c)
    j1 = np.tile(np.arange(w), h)
    k = np.repeat(np.arange(c), width * width).reshape(-1, 1)
    return k, i0.reshape(-1, 1) + i1.reshape(1, -1), j0.reshape(-1, 1) + j1.reshape(1, -1)


def indexed_forward(x: Any, w: Any, b: Any) -> tuple[Any, Any]:
    """The convolution of an image padded by 1, with fancy indices."""
    n, c, h, width = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    k, i, j = indices(x.shape, w.shape[-1])
    cols = padded[:, k, i, j].transpose(1, 2, 0).reshape(w.shape[-1] ** 2 * c, -1)
    out = w.reshape(w.shape[0], -1) @ cols + b.reshape(-1, 1)
    return out.reshape(w.shape[0], h, width, n).transpose(3, 0, 1, 2), (x.shape, w, cols)


def indexed_backward(dout: Any, cache: Any) -> tuple[Any, Any, Any]:
    """Its gradients, with `np.add.at`."""
    (n, c, h, width), w, cols = cache
    db = np.sum(dout, axis=(0, 2, 3))
    flat = dout.transpose(1, 2, 3, 0).reshape(w.shape[0], -1)
    dw = flat.dot(cols.T).reshape(w.shape)
    dcols = w.reshape(w.shape[0], -1).T.dot(flat)
    padded = np.zeros((n, c, h + 2, width + 2))
    k, i, j = indices((n, c, h, width), w.shape[-1])
    np.add.at(padded, (slice(None), k, i, j), dcols.reshape(c * w.shape[-1] ** 2, -1, n).transpose(2, 0, 1))
    return padded[:, :, 1:-1, 1:-1], dw, db


def net_forward(x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> tuple[Any, Any]:
    """Two layers with relu between."""
    z = x @ w1 + b1
    h = np.maximum(0.0, z)
    return h @ w2 + b2, (x, w1, w2, z, h)


def net_backward(dout: Any, cache: Any) -> tuple[Any, ...]:
    """Their gradients."""
    x, w1, w2, z, h = cache
    dw2 = h.T @ dout
    db2 = dout.sum(axis=0)
    dh = dout @ w2.T
    dz = dh * (z > 0.0)
    dw1 = x.T @ dz
    db1 = dz.sum(axis=0)
    dx = dz @ w1.T
    return dx, dw1, db1, dw2, db2


def sliced_wrong(dout: Any, cache: Any) -> tuple[Any, ...]:
    """Of the convolution with slices: the mean over the batch where a sum belongs."""
    shape, w, cols, stride, oh, ow = cache
    dflat = dout.transpose(0, 2, 3, 1).reshape(-1, w.shape[0])
    db = dflat.mean(axis=0)
    dx, dw, _ = conv_backward(dout, (shape, w, cols, stride, oh, ow))
    return dx, dw, db


def net_wrong(dout: Any, cache: Any) -> tuple[Any, ...]:
    """The mask of relu is left out."""
    x, w1, w2, _z, h = cache
    dw2 = h.T @ dout
    db2 = dout.sum(axis=0)
    dz = dout @ w2.T
    dw1 = x.T @ dz
    db1 = dz.sum(axis=0)
    dx = dz @ w1.T
    return dx, dw1, db1, dw2, db2


def cases(seed: int = 0) -> dict[str, Case]:
    """What is judged."""
    rng = np.random.default_rng(seed)
    image = (
        rng.normal(size=SHAPE),
        rng.normal(size=(FILTERS, SHAPE[1], WIDTH, WIDTH)) / (SHAPE[1] * WIDTH**2) ** 0.5,
        rng.normal(size=FILTERS),
    )
    net = (
        rng.normal(size=(BATCH, INPUTS)),
        rng.normal(size=(INPUTS, HIDDEN)) / INPUTS**0.5,
        rng.normal(size=HIDDEN),
        rng.normal(size=(HIDDEN, CLASSES)) / HIDDEN**0.5,
        rng.normal(size=CLASSES),
    )
    return {
        "convolution, slices": (conv_forward, conv_backward, image),
        "convolution, indices": (indexed_forward, indexed_backward, image),
        f"{INPUTS}-{HIDDEN}-{CLASSES}, batch {BATCH}": (net_forward, net_backward, net),
        "convolution, slices: db a mean": (conv_forward, sliced_wrong, image),
        "network: relu left out": (net_forward, net_wrong, net),
    }


def own(case: Case) -> None:
    """Their own forward and backward."""
    forward, backward, inputs = case
    out, cache = forward(*inputs)
    backward(np.ones(out.shape), cache)


def measured(case: Case, *, quick: bool) -> Callable[[], Figures]:
    """Seconds of the processor."""

    def run() -> Figures:
        _, plain = timed(lambda: [own(case) for _ in range(3)])
        _, judged = timed(lambda: check_backward(*case, quick=quick))
        return {"plain": plain / 3, "judged": judged, "ratio": 3 * judged / plain}

    return run


def main() -> None:
    """Print a row a case."""
    print(f"  {versions('numpy')}; the anchor is their own forward and backward")
    for name, case in cases().items():
        for quick in (True, False):
            row = medians(in_turns({name: measured(case, quick=quick)}, ROUNDS)[name])
            line = f"    {name:<32} {'quick' if quick else '':<6}{row['judged']:7.2f} s {row['ratio']:6.1f} x time"
            if quick:
                most = most_memory(lambda case=case: check_backward(*case, quick=True))
                line += f" {most / most_memory(lambda case=case: own(case)):6.1f} x memory"
            print(line)


if __name__ == "__main__":
    main()
