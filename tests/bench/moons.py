"""The training step of micrograd's moons demo against micrograd, microgpt's way of writing a Value, and PyTorch.

handgrad and micrograd bring their own `nn`; the others compute the same formula. Forward and backward are timed
alone, in turns in one process, each after a full garbage collection, so that nobody pays for what another left behind.
Most of the time of a graph is the work of CPython's collector, which visits each object again while it grows: so
each ratio is told with the collector as it is, held back (`big_graph`) and off.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import handgrad.nn
from handgrad.graph import topological_order

from .common import tuples
from .common.timing import COLLECTORS, Figures, in_turns, medians, memory, ratios, timed, versions

ROUNDS = 3
SIZES = (2, 16, 16, 1)
POINTS = 100
Step = Callable[[], Figures]


class Perceptron:
    """micrograd's `nn.MLP` on any class of numbers, after the same seed with the same weights."""

    def __init__(self, number: Callable[[float], Any]) -> None:
        self.layers = [
            [([number(random.uniform(-1, 1)) for _ in range(nin)], number(0.0)) for _ in range(nout)]
            for nin, nout in pairwise(SIZES)
        ]

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

    def zero_grad(self) -> None:
        for p in self.parameters():
            if p.grad is not None:
                p.grad = 0.0 * p.grad

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [sum((w * signal for w, signal in zip(weights, x)), bias) for weights, bias in layer]
            if layer is not self.layers[-1]:
                x = [total.relu() for total in x]
        return x[0]


def loss_of(model: Any, count: int = POINTS) -> Callable[[], Any]:
    """Forward over so many points, with hinge loss and L2, as in micrograd's notebook."""
    rng = random.Random(0)
    points = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(count)]
    signs = [rng.choice([-1, 1]) for _ in points]

    def forward() -> Any:
        scores = [model(point) for point in points]
        losses = [(1 + -sign * score).relu() for sign, score in zip(signs, scores)]
        return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())

    return forward


def step(make: Callable[[], Any]) -> Step:
    """One pass forward and one backward of a network, and their seconds."""
    random.seed(1)
    model = make()
    forward = loss_of(model)

    def run() -> dict[str, float]:
        loss, built = timed(forward)
        model.zero_grad()
        _, swept = timed(loss.backward)
        return {"forward": built, "backward": swept, "both": built + swept}

    return run


def ours() -> Any:
    return handgrad.nn.MLP(SIZES[0], list(SIZES[1:]))


def theirs() -> Any:
    return importlib.import_module("micrograd.nn").MLP(SIZES[0], list(SIZES[1:]))


def compared(steps: Mapping[str, Step], rounds: int) -> None:
    """A row each: milliseconds of its passes, and how many times ours these are."""
    found = in_turns(steps, rounds)
    mine = next(iter(found.values()))
    for name, theirs in found.items():
        shown = "  ".join(f"{pass_} {1e3 * seconds:7.1f} ms" for pass_, seconds in medians(theirs).items())
        times = "  ".join(f"{ratio:5.2f}" for ratio in ratios(theirs, mine).values())
        print(f"    {name:<26} {shown}   x {times}")


def torch_steps() -> dict[str, Step]:
    """PyTorch, a tensor a number; and vectorised."""
    import torch

    torch.set_num_threads(1)

    def number(data: float) -> Any:
        return torch.tensor(data, dtype=torch.float64, requires_grad=True)

    def tensors() -> dict[str, float]:
        network = torch.nn.Sequential(
            torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)
        ).double()
        x, signs = torch.randn(POINTS, 2, dtype=torch.float64), torch.ones(POINTS, dtype=torch.float64)

        def forward() -> Any:
            hinge = (1.0 - signs * network(x)[:, 0]).relu().mean()
            return hinge + 1e-4 * sum((p * p).sum() for p in network.parameters())

        loss, built = timed(forward)
        _, swept = timed(loss.backward)
        return {"forward": built, "backward": swept, "both": built + swept}

    return {f"PyTorch {torch.__version__}, scalars": step(lambda: Perceptron(number)), "PyTorch, tensors": tensors}


def main() -> None:
    """Print milliseconds, ratios and memory."""
    sys.setrecursionlimit(100_000)  # the others sort by recursion
    nodes = len(topological_order(loss_of(ours())()))
    against = versions("micrograd", "torch")
    print(f"  {against}; {nodes:,} nodes; the ratios: how many times handgrad's time")
    mine = {"handgrad": step(ours)}
    peers = {
        f"micrograd {version('micrograd')}": step(theirs),
        "microgpt's way": step(lambda: Perceptron(tuples.Value)),
    }
    for title, collector in COLLECTORS.items():
        print(f"  collector {title}")
        with collector():
            compared(mine | peers, ROUNDS)
    mine_bytes, micrograd_bytes, microgpt_bytes = (
        memory(loss_of(make())) for make in (ours, theirs, lambda: Perceptron(tuples.Value))
    )
    print(f"  memory of the graph: {mine_bytes / nodes:.0f} bytes a node; {mine_bytes / 1e6:.1f} MB", end=" ")
    print(f"(micrograd {micrograd_bytes / 1e6:.1f}, microgpt's way {microgpt_bytes / 1e6:.1f})")
    if find_spec("torch") is not None:  # last, as so big a package is more work for everyone's collector
        print("  collector off")
        with COLLECTORS["off"]():
            compared(mine | torch_steps(), 3)


if __name__ == "__main__":
    main()
