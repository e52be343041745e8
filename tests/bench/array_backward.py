"""What backward costs on arrays, in times of HIPS autograd's and torch's: a network, a chain, a transformer block.

Ours keeps the gradient of every array, theirs that of the inputs alone, in memory that they use again. Beside the chain
stands the same pass written in NumPy by hand, with every gradient kept. The forward is not counted.
"""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad import arrays, zero_grad

from .common.timing import Figures, in_turns, medians, ratios, versions

ROUNDS, TIMES = 5, 20
STEPS = 20
LENGTH, WIDTH, HEADS = 32, 64, 4

Case = tuple[Callable[..., Any], list[Any], list[Any]]
"""(NumPy or what stands for it, the data, the inputs) -> the loss; the data, and the inputs."""


def network(rng: Any) -> Case:
    """784-128-10 on 32 examples."""
    images, targets = rng.normal(size=(32, 784)), np.eye(10)[rng.integers(10, size=32)]

    def loss(xp: Any, images: Any, targets: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        logits = xp.maximum(images @ w1 + b1, 0.0) @ w2 + b2
        logits = logits - xp.max(logits, axis=1, keepdims=True)
        return -xp.sum(targets * (logits - xp.log(xp.sum(xp.exp(logits), axis=1, keepdims=True)))) / 32

    inputs = [rng.normal(size=(784, 128)) / 28, np.zeros(128), rng.normal(size=(128, 10)) / 11, np.zeros(10)]
    return loss, [images, targets], inputs


def chain(rng: Any) -> Case:
    """Twenty steps on 256 x 256 numbers."""

    def loss(xp: Any, x: Any) -> Any:
        for _ in range(STEPS):
            x = xp.tanh(x) * 0.9 + 0.1
        return xp.sum(x)

    return loss, [], [rng.normal(size=(256, 256))]


def block(rng: Any) -> Case:
    """A transformer block."""
    mask = np.triu(np.full((LENGTH, LENGTH), -1e9), 1)

    def norm(xp: Any, x: Any) -> Any:
        off = x - xp.mean(x, axis=1, keepdims=True)
        return off / xp.sqrt(xp.mean(off * off, axis=1, keepdims=True) + 1e-5)

    def loss(xp: Any, mask: Any, x: Any, to_heads: Any, from_heads: Any, up: Any, down: Any) -> Any:
        h = norm(xp, x) @ to_heads
        parts = [h[:, i * WIDTH : (i + 1) * WIDTH] for i in range(3)]
        q, k, v = (xp.transpose(xp.reshape(part, (LENGTH, HEADS, -1)), (1, 0, 2)) for part in parts)
        scores = q @ xp.transpose(k, (0, 2, 1)) / 4.0 + mask
        weights = xp.exp(scores - xp.max(scores, axis=2, keepdims=True))
        weights = weights / xp.sum(weights, axis=2, keepdims=True)
        x = xp.reshape(xp.transpose(weights @ v, (1, 0, 2)), (LENGTH, WIDTH)) @ from_heads + x
        return xp.sum((xp.maximum(norm(xp, x) @ up, 0.0) @ down + x) ** 2)

    shapes = (WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, 4 * WIDTH), (4 * WIDTH, WIDTH)
    return loss, [mask], [rng.normal(size=(LENGTH, WIDTH)), *(rng.normal(size=shape) / 8 for shape in shapes)]


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
    loss, data, inputs = case
    back, _ = importlib.import_module("autograd.core").make_vjp(lambda given: loss(xp, *data, *given), tuple(inputs))
    return lambda: back(1.0)


def in_torch(case: Case) -> Callable[[], Any]:
    """Return torch's pass back, the forward of which is done, on one thread."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    xp = SimpleNamespace(
        exp=torch.exp,
        log=torch.log,
        max=lambda x, axis, keepdims: torch.amax(x, axis, keepdim=keepdims),
        maximum=lambda x, least: torch.clamp(x, min=least),
        mean=torch.mean,
        reshape=torch.reshape,
        sqrt=torch.sqrt,
        sum=torch.sum,
        tanh=torch.tanh,
        transpose=torch.permute,
    )
    loss, data, inputs = case
    leaves = [torch.tensor(given, requires_grad=True) for given in inputs]
    root = loss(xp, *map(torch.tensor, data), *leaves)
    return lambda: torch.autograd.grad(root, leaves, retain_graph=True)


def by_hand(case: Case) -> Callable[[], Any]:
    """Return the pass back of `chain` in plain NumPy, which keeps the gradient of each node."""
    _, _, (x,) = case
    outputs = []
    for _ in range(STEPS):
        outputs.append(np.tanh(x))
        x = outputs[-1] * 0.9 + 0.1
    last = np.ones_like(x)

    def back() -> list[Any]:
        gradients = [last]
        for y in reversed(outputs):
            gradients.append(gradients[-1].copy())  # of the product, under the sum
            gradients.append(gradients[-1] * 0.9)
            gradients.append(gradients[-1] * (1.0 - y * y))
        return gradients

    return back


def show(title: str, case: Case, **peers: Callable[[Case], Callable[[], Any]]) -> None:
    """Print a row: what backward takes, and in times of each peer."""
    compute, data, inputs = case
    loss = compute(np, *data, *map(arrays.array, inputs))
    runs = {"handgrad": repeated(loss.backward, lambda: zero_grad(loss))}
    found = in_turns(runs | {name: repeated(peer(case)) for name, peer in peers.items()}, ROUNDS)
    mine = found.pop("handgrad")
    times = [f", {ratios(mine, rounds)['us']:.2f} x {peer}" for peer, rounds in found.items()]
    print(f"    {title:<20} {medians(mine)['us']:8.0f} us{''.join(times)}")


def main() -> None:
    """Print microseconds and ratios."""
    print(f"  {versions('numpy', 'autograd', 'torch')}")
    peers = {"autograd": theirs, "torch": in_torch}
    peers = {name: peer for name, peer in peers.items() if find_spec(name)}
    rng = np.random.default_rng(0)
    for make in (network, chain, block):
        show(make.__name__, make(rng), **peers, **({"by_hand": by_hand} if make is chain else {}))


if __name__ == "__main__":
    main()
