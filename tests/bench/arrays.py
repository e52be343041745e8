"""What a comparison costs on a graph of arrays: a network of two layers on a batch, in times of NumPy's own pass.

The anchor is the forward and the backward of the same network in plain NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad import arrays, compare

from .common.timing import Figures, in_turns, medians, timed, versions

INPUTS, HIDDEN, CLASSES, BATCH = 784, 128, 3, 64
ROUNDS = 5
PLAIN = 20
"""So many plain passes are timed in a row."""

Numbers = dict[str, Any]
Wrong = Callable[[str, Any, Numbers], Any]
"""Of the name of a gradient, what belongs there and what was computed so far: what somebody writes."""


def example(seed: int = 0) -> Numbers:
    """A batch, its targets and the parameters."""
    rng = np.random.default_rng(seed)
    return {
        "X": rng.normal(size=(BATCH, INPUTS)),
        "W1": rng.normal(size=(INPUTS, HIDDEN)) / INPUTS**0.5,
        "b1": 0.1 * rng.normal(size=HIDDEN),
        "W2": rng.normal(size=(HIDDEN, CLASSES)) / HIDDEN**0.5,
        "b2": 0.1 * rng.normal(size=CLASSES),
        "Y": np.eye(CLASSES)[rng.integers(CLASSES, size=BATCH)],
    }


def passed(given: Numbers, wrong: Wrong = lambda name, right, _: right) -> Numbers:
    """Forward and backward in NumPy, step by step: everything by its name, a gradient by a name with a d."""
    X, W1, b1, W2, b2, Y = given.values()
    z1 = X @ W1 + b1
    h1 = np.maximum(z1, 0.0)
    logits = h1 @ W2 + b2
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    p = shifted / shifted.sum(1, keepdims=True)
    of: Numbers = {**given, "z1": z1, "h1": h1, "logits": logits}

    def write(name: str, right: Any) -> Any:
        of[name] = wrong(name, right, of)
        return of[name]

    dlogits = write("dlogits", (p - Y) / BATCH)
    write("dW2", h1.T @ dlogits)
    write("db2", dlogits.sum(0))
    dh1 = write("dh1", dlogits @ W2.T)
    dz1 = write("dz1", dh1 * (z1 > 0.0))
    write("dW1", X.T @ dz1)
    write("db1", dz1.sum(0))
    return of


def at(name: str, change: Callable[[Any, Numbers], Any]) -> Wrong:
    """One mistake, and everything that follows from it."""
    return lambda place, right, of: change(right, of) if place == name else right


WRITTEN: dict[str, Wrong] = {
    "all right": lambda name, right, _: right,
    "one array rounded to 4 decimals": at("dW1", lambda right, _: right.round(4)),
    "dW1: the sign": at("dW1", lambda right, _: -right),
    "dW1: twice": at("dW1", lambda right, _: 2.0 * right),
    "dW1: 1/n left out": at("dW1", lambda right, _: BATCH * right),
    "dW1: from dh1, without relu": at("dW1", lambda _, of: of["X"].T @ of["dh1"]),
    "dW1: only the first example": at("dW1", lambda _, of: np.outer(of["X"][0], of["dz1"][0])),
    "dW1: rows and columns mixed up": at("dW1", lambda right, _: right.T.reshape(right.shape)),
    "dz1: relu left out, carried on": at("dz1", lambda _, of: of["dh1"]),
    "dz1: the other side of relu, carried on": at("dz1", lambda _, of: of["dh1"] * (of["z1"] <= 0.0)),
    "dh1: W2 taken for its mean, carried on": at("dh1", lambda right, of: right + of["W2"].mean()),
    "dW2: the mask of relu for h1": at("dW2", lambda _, of: (of["h1"] > 0.0).T @ of["dlogits"]),
    "db1: of one example": at("db1", lambda _, of: of["dz1"][0]),
    "dW1: anything": at("dW1", lambda right, _: np.random.default_rng(1).normal(size=right.shape)),
}


def labelled(given: Numbers) -> tuple[Any, dict[str, Any]]:
    """The same network as a graph, and its arrays by the names of their gradients."""
    X, W1, b1, W2, b2 = (arrays.array(given[name], name) for name in ("X", "W1", "b1", "W2", "b2"))
    z1 = arrays.label(X @ W1 + b1, "z1")
    h1 = arrays.label(z1.relu(), "h1")
    logits = arrays.label(h1 @ W2 + b2, "logits")
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    p = shifted / shifted.sum(1, keepdims=True)
    loss = -(np.log(p) * given["Y"]).sum(1).mean()
    named = {"dW1": W1, "db1": b1, "dW2": W2, "db2": b2, "dz1": z1, "dh1": h1, "dlogits": logits}
    return loss, named


def measured(given: Numbers, wrong: Wrong) -> Callable[[], Figures]:
    """Seconds of the plain pass and of the comparison with everything that it has to say."""

    def run() -> Figures:
        _, plain = timed(lambda: [passed(given) for _ in range(PLAIN)])
        written = passed(given, wrong)
        loss, named = labelled(given)
        asked = [*named.values()]
        for name, node in named.items():
            arrays.fill(node, written[name])

        def judged() -> Any:
            return [result.slip for result in compare(loss, nodes=asked).causes]

        slips, seconds = timed(judged)
        kinds = {slip.kind if slip else "none" for slip in slips}
        return {"plain": plain / PLAIN, "judged": seconds, "ratio": PLAIN * seconds / plain, "/".join(kinds): 0.0}

    return run


def main() -> None:
    """Print a row for each of what may be written."""
    given = example()
    print(f"  {versions('numpy')}; {INPUTS}-{HIDDEN}-{CLASSES}, batch {BATCH}; the anchor is NumPy's own pass")
    found = in_turns({name: measured(given, wrong) for name, wrong in WRITTEN.items()}, ROUNDS)
    for name, rounds in found.items():
        row = medians(rounds)
        kind = [*row][-1]
        print(f"    {name:<42} {1e3 * row['judged']:7.1f} ms {row['ratio']:6.1f} x  {kind}")


if __name__ == "__main__":
    main()
