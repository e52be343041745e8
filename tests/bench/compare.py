"""What a comparison costs, in sweeps: one is what `gradients` does before it makes its dict, sort and chain rule."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from handgrad import Value, compare, gradients
from handgrad.autodiff import backward_sweep, pass_on
from handgrad.graph import topological_order, walking
from handgrad.local import local_derivatives

from .common.timing import Figures, in_turns, medians, timed, versions
from .moons import loss_of, ours

ROUNDS = 3


def sweep(root: Value) -> None:
    with walking:
        backward_sweep(root)


def carried(root: Value, mistaken: Value) -> dict[Value, Any]:
    """The gradients of somebody who loses one sign and works everything else out rightly from there."""
    order = topological_order(root)[::-1]
    sums: dict[Value, Any] = dict.fromkeys(order, 0.0)
    sums[root] = 1.0
    for node in order:
        if node is mistaken:
            sums[node] = -sums[node]
        pass_on(node, sums[node], local_derivatives(node), sums)
    return sums


def cases(root: Value) -> dict[str, dict[Value, Any]]:
    """What somebody has filled in."""
    true = gradients(root)
    interior = [node for node, gradient in true.items() if node.op is not None and gradient]
    mistaken = interior[len(interior) // 2]
    loss = root.operands[0]  # of all points: nearly everything follows from it
    return {
        "all right": true,
        "right but for float noise": {node: gradient * (1.0 + 1e-15) for node, gradient in true.items()},
        "one number wrong": true | {mistaken: 0.5 - true[mistaken]},
        "one wrong, carried on": carried(root, mistaken),
        "all rounded to 3 digits": {node: float(f"{gradient:.3g}") for node, gradient in true.items()},
        "all rounded to 4 digits": {node: float(f"{gradient:.4g}") for node, gradient in true.items()},
        "half left blank": {
            node: gradient if place % 2 else None for place, (node, gradient) in enumerate(true.items())
        },
        "nothing filled in": dict.fromkeys(true),
        "carried on and rounded": {node: float(f"{g:.4g}") for node, g in carried(root, loss).items()},
    }


def measured(root: Value, numbers: dict[Value, Any]) -> Callable[[], Figures]:
    def run() -> Figures:
        for node, number in numbers.items():
            node.grad = number
        _, swept = timed(lambda: sweep(root))
        comparison, judged = timed(lambda: compare(root))
        _, printed = timed(lambda: str(comparison))
        return {"sweep": swept, "compare": judged, "ratio": judged / swept, "report": printed}

    return run


def main() -> None:
    """Print nanoseconds a node, sweeps, and seconds of the report."""
    print(f"  {versions()}; the anchor is a sweep of our own")
    random.seed(1)
    root = loss_of(ours())()
    filled = cases(root)
    nodes = len(filled["all right"])
    print(f"  {nodes:,} nodes")
    found = in_turns({name: measured(root, numbers) for name, numbers in filled.items()}, ROUNDS)
    for name, figures in found.items():
        row = medians(figures)
        print(
            f"    {name:<26} {1e9 * row['compare'] / nodes:6.0f} ns a node, {row['ratio']:5.1f} sweeps; "
            f"print {row['report']:5.2f} s"
        )


if __name__ == "__main__":
    main()
