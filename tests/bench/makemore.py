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

from handgrad import Status, compare, gradients, manual, viz
from handgrad.arrays import array
from handgrad.demos.makemore import model
from handgrad.graph import topological_order

from ..engine.slips.array_exercise import MISTAKES, Exercise
from .common.timing import versions


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
    loss = exercise.values.loss

    def forward() -> Any:
        with manual():
            return model.as_nodes(exercise.p, exercise.Xb, exercise.Yb)

    exercise.fill()
    backward = best(lambda: gradients(loss))
    rows = [
        f"nodes                       {len(topological_order(loss)):>10,}",
        f"forward                     {1e3 * best(forward):>10.2f} ms",
        f"backward                    {1e3 * backward:>10.2f} ms",
    ]
    for word, mistakes in (("all right", {}), ("one mistake", {m.array: m.rule for m in MISTAKES[3:4]})):
        exercise.fill(mistakes)
        compared = best(lambda: compare(loss))
        rows.append(f"compare, {word:<18} {1e3 * compared:>10.2f} ms   {compared / backward:.1f} x backward")
    table = best(lambda: str(compare(loss)))
    drawn = best(lambda: viz.draw(compare(loss)).pipe("png"), 3)
    return [
        *rows,
        f"compare and table           {1e3 * table:>10.2f} ms",
        f"compare and draw by array   {1e3 * drawn:>10.2f} ms",
    ]


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


def layer_rows() -> list[str]:
    """Forward, compare and table of an MLP 784-128-3 at a batch of 64, by its backward pass in plain NumPy."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 784)), rng.integers(0, 3, 64)
    p = {
        "W1": rng.normal(size=(784, 128)) / 28.0,
        "b1": rng.normal(size=128) * 0.1,
        "W2": rng.normal(size=(128, 3)) / 11.0,
        "b2": rng.normal(size=3) * 0.1,
    }

    def forward(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        logits = np.tanh(x @ W1 + b1) @ W2 + b2
        exps = np.exp(logits)
        return -np.log((exps / exps.sum(1, keepdims=True))[range(64), y]).mean()

    def backward(W1: Any, b1: Any, W2: Any, b2: Any) -> dict[str, Any]:
        h = np.tanh(x @ W1 + b1)
        exps = np.exp(h @ W2 + b2)
        dlogits = exps / exps.sum(1, keepdims=True)
        dlogits[range(64), y] -= 1.0
        dlogits /= 64
        dhpre = (1.0 - h**2) * (dlogits @ W2.T)
        return {"W1": x.T @ dhpre, "b1": dhpre.sum(0), "W2": h.T @ dlogits, "b2": dlogits.sum(0)}

    def judged(gradients_by_hand: dict[str, Any]) -> str:
        with manual():
            nodes = {name: array(numbers, name) for name, numbers in p.items()}
            loss = forward(**nodes)
        for name, gradient in gradients_by_hand.items():
            nodes[name].grad = gradient
        return str(compare(loss))

    right = backward(**p)
    digits = 3 - np.floor(np.log10(np.abs(right["W1"])))
    cases = {
        "all right": right,
        "W1 rounded to 4 digits": right | {"W1": np.rint(right["W1"] * 10.0**digits) / 10.0**digits},
        "one cause": right | {"W1": -right["W1"]},
        "all wrong": {name: 3.0 * gradient for name, gradient in right.items()},
    }
    alone = best(lambda: backward(**p))
    rows = [f"backward in NumPy                {1e3 * alone:>10.2f} ms"]
    for word, numbers in cases.items():
        taken = best(lambda numbers=numbers: judged(numbers))
        rows.append(f"judged, {word:<24} {1e3 * taken:>10.2f} ms   {taken / alone:.1f} x")
    return rows


def scale_rows() -> list[str]:
    """Time and memory an entry of an elementwise graph of arrays, by its size."""
    rows = ["   entries   build ns   backward ns   compare ns   bytes an entry"]
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
        per_entry = [f"{1e9 * seconds / count:.1f}" for seconds in taken]
        rows.append(f"{count:>10,} {per_entry[0]:>10} {per_entry[1]:>13} {per_entry[2]:>12} {size / count:>16.0f}")
    return rows


def main() -> None:
    """Print every figure."""
    print(f"  {versions('numpy')}; the ratios: how many times the plain backward pass")
    print("\n".join([*exercise_rows(), "", *mistake_rows(), "", *layer_rows(), "", *scale_rows()]))


if __name__ == "__main__":
    main()
