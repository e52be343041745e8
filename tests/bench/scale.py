"""Is it linear? Nanoseconds and bytes a node from 10,000 to 1,000,000 nodes, inside `big_graph` and without it."""

from __future__ import annotations

from collections.abc import Callable

from handgrad import Value, compare, gradients

from .common.timing import COLLECTORS, Figures, in_turns, medians, memory, timed, versions

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ROUNDS = 3


def build(nodes: int) -> Value:
    """Layers of tanh neurons on shared weights, about `nodes` nodes."""
    weights = [Value(0.1 + 0.001 * i) for i in range(50)]
    node = total = Value(0.5)
    for i in range(nodes // 4):
        node = (node * weights[i % 50] + weights[(i + 7) % 50]).tanh()
        total = total + node
    return total


def measured(size: int) -> Callable[[], Figures]:
    """Nanoseconds a node; of small graphs several in a row, for one alone is done too soon."""

    def run() -> Figures:
        times = max(1, 100_000 // size)
        roots, built = timed(lambda: [build(size) for _ in range(times)])
        _, swept = timed(lambda: [root.backward() for root in roots])
        _, judged = timed(lambda: [compare(root) for root in roots])
        nodes = times * len(gradients(roots[0]))
        return {
            "build": 1e9 * built / nodes,
            "backward": 1e9 * swept / nodes,
            "compare": 1e9 * judged / nodes,
        }

    return run


def main() -> None:
    """Print a row a size."""
    print(f"  {versions()}; the anchor is the smallest graph")
    for title, collector in COLLECTORS.items():
        print(f"  collector {title}")
        print("        nodes   build  backward  compare   (ns a node)")
        with collector():
            found = in_turns({f"{size:,}": measured(size) for size in SIZES}, ROUNDS)
        rows = {size: medians(rounds) for size, rounds in found.items()}
        for size, row in rows.items():
            print(f"    {size:>9} {row['build']:7.0f} {row['backward']:9.0f} {row['compare']:8.0f}")
        first, *_, last = rows.values()
        print("       growth " + "  ".join(f"{last[name] / first[name]:.2f} x {name}" for name in first))
    for size in (SIZES[0], SIZES[-1]):
        print(
            f"  {size:9,} nodes: {memory(lambda size=size: build(size)) / len(gradients(build(size))):.0f} bytes a node"
        )


if __name__ == "__main__":
    main()
