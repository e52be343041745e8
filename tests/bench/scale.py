"""Is it linear? Nanoseconds and bytes a node from 10,000 to 1,000,000 nodes."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import TypeVar

from handgrad import Value, compare, gradients

SIZES = (10_000, 20_000, 100_000, 300_000, 1_000_000)
T = TypeVar("T")


def build(nodes: int) -> Value:
    """Layers of tanh neurons on shared weights, about `nodes` nodes."""
    weights = [Value(0.1 + 0.001 * i) for i in range(50)]
    node = total = Value(0.5)
    for i in range(nodes // 4):
        node = (node * weights[i % 50] + weights[(i + 7) % 50]).tanh()
        total = total + node
    return total


def timed(action: Callable[[], T]) -> tuple[T, float]:
    gc.collect()
    start = time.perf_counter()
    result = action()
    return result, time.perf_counter() - start


def main() -> None:
    """Print a row a size."""
    print("      nodes   build  backward  compare   (ns a node)   bytes a node")
    for size in SIZES:
        root, built = timed(lambda size=size: build(size))
        _, swept = timed(root.backward)
        _, judged = timed(lambda root=root: compare(root))
        count = len(gradients(root))
        del root
        gc.collect()
        tracemalloc.start()
        kept = build(size)
        memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        del kept
        times = "  ".join(f"{seconds / count * 1e9:7.0f}" for seconds in (built, swept, judged))
        print(f"  {count:9,}{times}   {memory / count:22.0f}")


if __name__ == "__main__":
    main()
