"""Is it linear? Nanoseconds and bytes a node from 10,000 to 1,000,000 nodes, inside `big_graph` and without it.

Beside it, how much dearer a graph of bare objects gets that have room for as much and do nothing but refer to each
other: that is the memory's part, which nobody's graph of objects is without.
Then a chain of 20,000 nodes on one weight whose gradient is wrong, compared and drawn: in times of a tree of 150.
"""

from __future__ import annotations

from collections.abc import Callable

from handgrad import Value, compare, gradients, viz
from handgrad.graph import topological_order

from .common.timing import COLLECTORS, Figures, in_turns, medians, memory, ratios, timed, versions

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3


def build(nodes: int) -> Value:
    """Layers of tanh neurons on shared weights, about `nodes` nodes."""
    weights = [Value(0.1 + 0.001 * i) for i in range(50)]
    node = total = Value(0.5)
    for i in range(nodes // 4):
        node = (node * weights[i % 50] + weights[(i + 7) % 50]).tanh()
        total = total + node
    return total


class Bare:
    """As many slots as a Value has, and no operation."""

    __slots__ = ("data", "first", "second", "total", "_a", "_b", "_c", "_d", "_e", "_f")

    def __init__(self, data: float, first: Bare | None, second: Bare | None) -> None:
        self.data, self.first, self.second, self.total = data, first, second, 0.0


def bare(nodes: int) -> list[Bare]:
    """The graph of `build` in bare objects, operands first."""
    weights = [Bare(0.1, None, None) for _ in range(50)]
    node = total = Bare(0.5, None, None)
    made = [*weights, node]
    for i in range(nodes // 4):
        product = Bare(0.3 * node.data, node, weights[i % 50])
        shifted = Bare(product.data + 0.1, product, weights[(i + 7) % 50])
        node = Bare(0.9 * shifted.data, shifted, None)
        total = Bare(total.data + node.data, total, node)
        made += (product, shifted, node, total)
    return made


def walk(made: list[Bare]) -> None:
    """Pass a number from each to what it refers to."""
    for node in reversed(made):
        for operand in (node.first, node.second):
            if operand is not None:
                operand.total += 0.5 * node.total


def referring(size: int) -> Callable[[], Figures]:
    """Nanoseconds an object to build such a graph, and to walk it."""

    def run() -> Figures:
        times = max(1, 100_000 // size)
        graphs, built = timed(lambda: [bare(size) for _ in range(times)])
        _, walked = timed(lambda: [walk(one) for one in graphs])
        return {"build": 1e9 * built / times / size, "walk": 1e9 * walked / times / size}

    return run


def measured(size: int) -> Callable[[], Figures]:
    """Nanoseconds a node; of small graphs several in a row, for one alone is done too soon."""

    def run() -> Figures:
        times = max(1, 100_000 // size)
        roots, built = timed(lambda: [build(size) for _ in range(times)])
        _, swept = timed(lambda: [root.backward() for root in roots])
        _, judged = timed(lambda: [compare(root) for root in roots])
        nodes = times * len(topological_order(roots[0]))
        return {
            "build": 1e9 * built / nodes,
            "backward": 1e9 * swept / nodes,
            "compare": 1e9 * judged / nodes,
        }

    return run


def chain(nodes: int) -> tuple[Value, Value]:
    """A loss of so many nodes, and the one weight of all its steps."""
    weight, node = Value(0.9), Value(1.0)
    for _ in range(nodes // 3):
        node = node * weight + 0.25
    return node, weight


def tree(nodes: int) -> tuple[Value, Value]:
    """A loss of so many nodes, none of which is used twice, and one of its leaves."""
    row = leaves = [Value(0.3 + 0.01 * i) for i in range(nodes // 2)]
    while len(row) > 1:
        row = [a * b for a, b in zip(row[::2], row[1::2])] + row[len(row) & ~1 :]
    return row[0], leaves[0]


def drawn(root: Value, mistaken: Value) -> Callable[[], Figures]:
    """Seconds of a comparison and a picture with a sign lost at one leaf."""
    for node, gradient in gradients(root).items():
        node.grad = -gradient if node is mistaken else gradient

    def run() -> Figures:
        return {"seconds": timed(lambda: viz.draw(compare(root)))[1]}

    return run


def main() -> None:
    """Print a row a size."""
    print(f"  {versions()}; the anchor is the smallest graph")
    for title in list(COLLECTORS)[:2]:
        print(f"  collector {title}")
        print("        nodes   build  backward  compare   (ns a node)")
        with COLLECTORS[title]():
            found = in_turns({f"{size:,}": measured(size) for size in SIZES}, ROUNDS)
            peers = in_turns({f"{size:,}": referring(size) for size in (SIZES[0], SIZES[-1])}, ROUNDS)
        rows = {size: medians(rounds) for size, rounds in found.items()}
        for size, row in rows.items():
            print(f"    {size:>9} {row['build']:7.0f} {row['backward']:9.0f} {row['compare']:8.0f}")
        first, *_, last = rows.values()
        print("       growth " + "  ".join(f"{last[name] / first[name]:.2f} x {name}" for name in first))
        least, most = map(medians, peers.values())
        print("       of bare objects " + "  ".join(f"{most[name] / least[name]:.2f} x {name}" for name in least))
    for size in (SIZES[0], SIZES[-1]):
        nodes = len(topological_order(build(size)))
        print(f"  {size:9,} nodes: {memory(lambda size=size: build(size)) / nodes:.0f} bytes a node")
    found = in_turns({"chain": drawn(*chain(20_000)), "tree": drawn(*tree(150))}, ROUNDS)
    times = ratios(found["chain"], found["tree"])["seconds"]
    print(f"  a wrong leaf drawn, of a chain of 20,000: {times:.1f} times that of a tree of 150")


if __name__ == "__main__":
    main()
