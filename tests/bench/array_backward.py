"""What backward costs on arrays, in times of HIPS autograd's: a network, a long chain of large arrays, a transformer.

Ours keeps the gradient of every array between, with a copy where an operation passes it on as it is, and asks of each
whether it is finite; theirs keeps that of the inputs alone. In the chain, where an operation is little work, this is
what its ratio consists of: it is the same where no memory is fresh. The forward is not counted.
"""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from handgrad import arrays, zero_grad

from .common.timing import Figures, in_turns, medians, ratios, versions

ROUNDS, TIMES = 9, 20
LENGTH, WIDTH, HEADS = 32, 64, 4

Case = tuple[Callable[..., Any], list[Any]]
"""(NumPy or what stands for it, the inputs) -> the loss, and the inputs."""


def network(rng: Any) -> Case:
    """784-128-10 on 32 examples."""
    images, targets = rng.normal(size=(32, 784)), np.eye(10)[rng.integers(10, size=32)]

    def loss(xp: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        logits = xp.maximum(images @ w1 + b1, 0.0) @ w2 + b2
        logits = logits - xp.max(logits, axis=1, keepdims=True)
        return -xp.sum(targets * (logits - xp.log(xp.sum(xp.exp(logits), axis=1, keepdims=True)))) / 32

    return loss, [rng.normal(size=(784, 128)) / 28, np.zeros(128), rng.normal(size=(128, 10)) / 11, np.zeros(10)]


def chain(rng: Any) -> Case:
    """Twenty steps on 256 x 256 numbers."""

    def loss(xp: Any, x: Any) -> Any:
        for _ in range(20):
            x = xp.tanh(x) * 0.9 + 0.1
        return xp.sum(x)

    return loss, [rng.normal(size=(256, 256))]


def block(rng: Any) -> Case:
    """A transformer block."""
    mask = np.triu(np.full((LENGTH, LENGTH), -1e9), 1)

    def norm(xp: Any, x: Any) -> Any:
        off = x - xp.mean(x, axis=1, keepdims=True)
        return off / xp.sqrt(xp.mean(off * off, axis=1, keepdims=True) + 1e-5)

    def loss(xp: Any, x: Any, to_heads: Any, from_heads: Any, up: Any, down: Any) -> Any:
        h = norm(xp, x) @ to_heads
        parts = [h[:, i * WIDTH : (i + 1) * WIDTH] for i in range(3)]
        q, k, v = (xp.transpose(xp.reshape(part, (LENGTH, HEADS, -1)), (1, 0, 2)) for part in parts)
        scores = q @ xp.transpose(k, (0, 2, 1)) / 4.0 + mask
        weights = xp.exp(scores - xp.max(scores, axis=2, keepdims=True))
        weights = weights / xp.sum(weights, axis=2, keepdims=True)
        x = xp.reshape(xp.transpose(weights @ v, (1, 0, 2)), (LENGTH, WIDTH)) @ from_heads + x
        return xp.sum((xp.maximum(norm(xp, x) @ up, 0.0) @ down + x) ** 2)

    shapes = (WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, 4 * WIDTH), (4 * WIDTH, WIDTH)
    return loss, [rng.normal(size=(LENGTH, WIDTH)), *(rng.normal(size=shape) / 8 for shape in shapes)]


def repeated(action: Callable[[], Any], prepare: Callable[[], Any] = lambda: None) -> Callable[[], Figures]:
    """What an action takes on average; what is done before each is not counted."""

    def run() -> Figures:
        gc.collect()
        seconds = 0.0
        for _ in range(TIMES):
            prepare()
            seconds -= time.process_time()
            action()
            seconds += time.process_time()
        return {"us": 1e6 * seconds / TIMES}

    return run


def theirs(case: Case) -> Callable[[], Any]:
    """Return their pass back, the forward of which is done."""
    xp = importlib.import_module("autograd.numpy")
    loss, inputs = case
    back, _ = importlib.import_module("autograd.core").make_vjp(lambda given: loss(xp, *given), tuple(inputs))
    return lambda: back(1.0)


def main() -> None:
    """Print microseconds and ratios."""
    print(f"  {versions('numpy', 'autograd')}")
    for make in (network, chain, block):
        case = make(np.random.default_rng(0))
        loss = case[0](np, *map(arrays.array, case[1]))
        runs = {"handgrad": repeated(loss.backward, lambda loss=loss: zero_grad(loss))}
        if find_spec("autograd"):
            runs["autograd"] = repeated(theirs(case))
        found = in_turns(runs, ROUNDS)
        ratio = f", {ratios(found['handgrad'], found['autograd'])['us']:.2f} x autograd" if "autograd" in found else ""
        print(f"    {make.__name__:<12} {medians(found['handgrad'])['us']:8.0f} us{ratio}")


if __name__ == "__main__":
    main()
