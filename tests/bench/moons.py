"""The training step of micrograd's moons demo, forward and backward, against micrograd itself.

Most of the difference is the work of CPython's collector, which visits each object of a graph while it grows: so
the ratio is told with the collector as it is, and with it held back (`big_graph`) and off.

The two take turns in one process, a few steps at a time after a full garbage collection, so that
neither pays for what the other left behind, and each pays for its own.
"""

from __future__ import annotations

import contextlib
import gc
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import micrograd.nn

import handgrad.nn
from handgrad import big_graph

STEPS = 6
ROUNDS = 5


def step(model: Any) -> Callable[[], Any]:
    """One forward and backward pass over 100 points with hinge loss and L2, as in micrograd's notebook."""
    rng = random.Random(0)
    points = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(100)]
    signs = [rng.choice([-1, 1]) for _ in points]

    def run() -> Any:
        scores = [model(point) for point in points]
        losses = [(1 + -sign * score).relu() for sign, score in zip(signs, scores)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        return loss

    return run


def seconds_a_step(run: Callable[[], Any]) -> float:
    gc.collect()
    start = time.perf_counter()
    for _ in range(STEPS):
        run()
    return (time.perf_counter() - start) / STEPS


def bytes_of(run: Callable[[], Any]) -> int:
    gc.collect()
    tracemalloc.start()
    kept = run()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return size


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def main() -> None:
    """Print seconds a step, the ratio, and memory."""
    sys.setrecursionlimit(100_000)  # micrograd's topological sort is recursive
    random.seed(1)
    ours = step(handgrad.nn.MLP(2, [16, 16, 1]))
    random.seed(1)
    theirs = step(micrograd.nn.MLP(2, [16, 16, 1]))
    for title, collector in (
        ("collector as it is", contextlib.nullcontext),
        ("in big_graph()", big_graph),
        ("collector off", _without_collector),
    ):
        with collector():
            pairs = [(seconds_a_step(ours), seconds_a_step(theirs)) for _ in range(ROUNDS)]
        print(f"  {title}")
        for name, times in zip(("handgrad", "micrograd"), zip(*pairs)):
            print(f"    {name:<10} {statistics.median(times) * 1e3:8.1f} ms a step (fastest {min(times) * 1e3:.1f})")
        ratios = [theirs / ours for ours, theirs in pairs]
        print(f"    ratio      {statistics.median(ratios):8.1f} (from {min(ratios):.1f} to {max(ratios):.1f})")
    mine, other = bytes_of(ours), bytes_of(theirs)
    print(f"  memory     {mine / 1e6:8.1f} MB against {other / 1e6:.1f} MB: {mine / other:.2f} of it")


if __name__ == "__main__":
    main()
