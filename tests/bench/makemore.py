"""What the exercise and its arrays cost: `python -m tests.bench makemore`."""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from handgrad import Status, compare, manual, viz
from handgrad.arrays import array
from handgrad.demos.makemore import model

from ..engine.array_exercise import MISTAKES, Exercise


def best(call: Callable[[], Any], times: int = 5) -> float:
    """The least time of a call in seconds: the one that nothing else disturbed."""
    taken = []
    for _ in range(times):
        gc.collect()
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)


def exercise_rows() -> list[str]:
    """Forward, backward, compare and draw of the whole exercise."""
    exercise = Exercise()
    parameters = exercise.p

    def forward() -> Any:
        with manual():
            return model.forward(model.as_values(parameters), exercise.Xb, exercise.Yb)

    built = model.forward(model.as_values(parameters), exercise.Xb, exercise.Yb)
    exercise.fill()
    right = compare(exercise.values.loss)
    backward = best(built.loss.backward)
    rows = [
        f"nodes                       {len(right):>10,}",
        f"forward, labelled           {best(forward, 3):>10.3f} s",
        f"backward                    {backward:>10.3f} s",
    ]
    for word, mistakes in (("all right", {}), ("one mistake", {m.array: m.rule for m in MISTAKES[3:4]})):
        exercise.fill(mistakes)
        compared = best(lambda: compare(exercise.values.loss))
        rows.append(f"compare, {word:<18} {compared:>10.3f} s   {compared / backward:.1f} x backward")
    table = best(lambda: str(compare(exercise.values.loss)), 3)
    drawn = best(lambda: viz.draw(compare(exercise.values.loss)).pipe("png"), 3)
    return [*rows, f"compare and table           {table:>10.3f} s", f"compare and draw by array   {drawn:>10.3f} s"]


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
        f"mistakes placed             {placed:>10} of {total}",
        f"mistakes named              {named:>10} of {total}",
        f"pairs placed                {twice:>10} of {pairs}",
    ]


def scale_rows() -> list[str]:
    """Time and memory a node of an elementwise graph of arrays, by its size."""
    rows = ["     nodes   build ns   backward ns   compare ns   bytes a node"]
    for count in (10_000, 100_000, 1_000_000):
        numbers = np.linspace(0.1, 1.0, count // 4)

        def build(numbers: Any = numbers) -> Any:
            x = array(numbers, label="x")
            return (np.tanh(x) * x).sum()

        tracemalloc.start()
        loss = build()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        taken = [best(call, 3) for call in (build, loss.backward, lambda loss=loss: compare(loss))]
        per_node = [f"{1e9 * seconds / count:.0f}" for seconds in taken]
        rows.append(f"{count:>10,} {per_node[0]:>10} {per_node[1]:>13} {per_node[2]:>12} {size / count:>14.0f}")
    return rows


def main() -> None:
    """Print every figure."""
    print("\n".join([*exercise_rows(), "", *mistake_rows(), "", *scale_rows()]))


if __name__ == "__main__":
    main()
