"""What `probe` costs on micrograd's moons demo at 26 of its points, as a program and as a graph that is there.

The anchor is one run of the program, forward and backward. It is right: of what is wrong only more is looked at.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from handgrad import probe

from .common.timing import Figures, in_turns, medians, timed, versions

ROUNDS = 3
POINTS = 26


def program() -> Callable[[], Any]:
    """Return a step of the demo, which gives its loss."""
    value = importlib.import_module("micrograd.engine").Value
    random.seed(1)
    model = importlib.import_module("micrograd.nn").MLP(2, [16, 16, 1])
    points = [([random.gauss(0, 1), random.gauss(0, 1)], random.choice([-1, 1])) for _ in range(POINTS)]

    def build() -> Any:
        losses = [(1 + -sign * model([value(x) for x in point])).relu() for point, sign in points]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        return loss

    return build


def measured(build: Callable[[], Any], *, is_there: bool) -> Callable[[], Figures]:
    """Seconds of the processor."""

    def run() -> Figures:
        root, plain = timed(build)
        found, probed = timed(lambda: probe(root if is_there else build))
        assert found.ok
        return {"probed": probed, "ratio": probed / plain, "nodes": len(found.results)}

    return run


def main() -> None:
    """Print a row for each."""
    print(f"  {versions('micrograd')}; the anchor is a run of the program")
    if not find_spec("micrograd"):
        print("  micrograd is not installed: pip install micrograd==0.1.0")
        return
    build = program()
    runs = {"a program": measured(build, is_there=False), "a graph": measured(build, is_there=True)}
    for name, rounds in in_turns(runs, ROUNDS).items():
        row = medians(rounds)
        print(f"    {name:<12} {row['nodes']:8,.0f} nodes {row['probed']:7.2f} s {row['ratio']:7.1f} x")


if __name__ == "__main__":
    main()
