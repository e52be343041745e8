"""What the exercise and its arrays cost: `python -m tests.bench makemore`."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from handgrad import Status, compare, gradients, manual, viz
from handgrad.arrays import array
from handgrad.demos.makemore import model
from handgrad.graph import topological_order

from ..engine.slips.array_exercise import MISTAKES, Exercise
from .common.timing import in_turns, milliseconds, rows, timed, versions

ROUNDS = 5


def exercise_rows() -> list[str]:
    """Forward, backward, compare and draw of the whole exercise."""
    right, slipped = Exercise(), Exercise()
    right.fill()
    slipped.fill({mistake.array: mistake.rule for mistake in MISTAKES[3:4]})

    def forward() -> Any:
        with manual():
            return model.build_nodes(right.p, right.Xb, right.Yb)

    calls: dict[str, Callable[[], Any]] = {
        "backward": lambda: gradients(right.values.loss),
        "forward": forward,
        "compare, all right": lambda: compare(right.values.loss),
        "compare, one mistake": lambda: compare(slipped.values.loss),
        "compare and table": lambda: str(compare(slipped.values.loss)),
        "compare and picture": lambda: viz.draw(compare(slipped.values.loss)),
    }
    found = in_turns({name: milliseconds(call) for name, call in calls.items()}, ROUNDS)
    return [f"  the exercise, {len(topological_order(right.values.loss))} nodes", *rows(found, "backward")]


def mistake_rows(pairs: int = 100) -> list[str]:
    """How many mistakes are placed on the right array, and named rightly."""
    exercise = Exercise()
    placed = named = 0
    for mistake in MISTAKES:
        exercise.fill({mistake.array: mistake.rule})
        found = [r for r in compare(exercise.values.loss).arrays if r.status is Status.WRONG]
        placed += [r.name for r in found] == [mistake.array]
        named += bool(found) and found[0].slip is not None and found[0].slip.kind in mistake.kinds
    # Two lost signs in a row give the right numbers again.
    both = [
        (one, other)
        for one, other in combinations(MISTAKES, 2)
        if one.array != other.array and not ("sign" in one.kinds and "sign" in other.kinds)
    ]
    chosen = random.Random(1).sample(both, pairs)
    twice = 0
    for pair in chosen:
        exercise.fill({mistake.array: mistake.rule for mistake in pair})
        found = [r for r in compare(exercise.values.loss).arrays if r.status is Status.WRONG]
        twice += {r.name for r in found} == {mistake.array for mistake in pair}
    total = len(MISTAKES)
    return [
        f"    mistakes placed {placed} of {total}, named {named}; pairs placed {twice} of {pairs}",
    ]


def scale_rows() -> list[str]:
    """Time and memory an entry of an elementwise graph of arrays, by its size."""
    lines = ["       entries   build ns   backward ns   compare ns   bytes an entry"]
    for count in (10_000, 100_000, 1_000_000):
        numbers = np.linspace(0.1, 1.0, count // 4)

        def build(numbers: Any = numbers) -> Any:
            x = array(numbers, label="x")
            return (np.tanh(x) * x).sum()

        tracemalloc.start()
        loss = build()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        taken = [
            min(timed(call)[1] for _ in range(3)) for call in (build, loss.backward, lambda loss=loss: compare(loss))
        ]
        per_entry = [f"{1e9 * seconds / count:.1f}" for seconds in taken]
        lines.append(f"    {count:>10,} {per_entry[0]:>10} {per_entry[1]:>13} {per_entry[2]:>12} {size / count:>16.0f}")
    return lines


def main() -> None:
    """Print every figure."""
    print(f"  {versions('numpy')}; the anchor is the plain backward pass")
    print("\n".join([*exercise_rows(), "", *mistake_rows(), "", *scale_rows()]))


if __name__ == "__main__":
    main()
