"""One loop over a graph of numbers gives the verdicts that each node gives by itself."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from handgrad import Comparison, Status, Value, compare, gradients, manual
from handgrad.autodiff import pass_on
from handgrad.local import local_derivatives
from handgrad.verdict import judge
from tests.graphs import random_graph

FILLINGS = (
    "three",
    "four",
    "two",
    "blank",
    "half blank",
    "noise",
    "single",
    "carried",
    "carried at three",
    "carried with noise",
    "mixed",
)


def filled(kind: str, true: dict[Value, float], rng: random.Random) -> dict[Value, Any]:
    """What somebody has written, who may have made a mistake and carried on from it."""
    mistaken = rng.choice(list(true))
    own: dict[Value, Any] = dict.fromkeys(true, 0.0)
    own[next(iter(true))] = 1.0
    for node in true:
        if node is mistaken and kind.startswith(("carried", "mixed")):
            own[node] = -own[node] if rng.random() < 0.5 else 1.5 * own[node] + 0.1
        if kind == "carried at three" or (kind == "mixed" and rng.random() < 0.5):
            own[node] = float(f"{own[node]:.3g}") if rng.random() < 0.8 else round(own[node], 2)
        pass_on(node, own[node], local_derivatives(node), own)
    written = {
        "three": lambda g: float(f"{g:.3g}"),
        "four": lambda g: float(f"{g:.4g}"),
        "two": lambda g: round(g, 2),
        "blank": lambda g: None,
        "half blank": lambda g: None if rng.random() < 0.5 else float(f"{g:.3g}"),
        "noise": lambda g: g * (1.0 + 1e-13),
        "single": np.float32,
    }
    if kind in written:
        return {node: written[kind](gradient) for node, gradient in true.items()}
    if kind == "mixed":
        odd = (None, float("nan"), 0.0, "x", 1.0, -1.0)
        return {node: rng.choice(odd) if rng.random() < 0.2 else number for node, number in own.items()}
    if kind == "carried with noise":
        return {node: number * (1.0 + rng.choice((0.0, 1e-13, -1e-13))) for node, number in own.items()}
    return own


def told(comparison: Comparison) -> list[Any]:
    found: list[Any] = []
    for result in comparison:
        is_wrong = result.status in (Status.WRONG, Status.CARRIED) and isinstance(result.actual, float)
        size = comparison.size(result.node) if is_wrong and math.isfinite(result.actual) else 0.0
        found.append((result.status, result.rounded, pytest.approx(size, rel=1e-12, abs=0.0)))
    return found


@pytest.mark.parametrize("kind", FILLINGS)
def test_the_verdicts_are_those_of_each_node_by_itself(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(25):
        rng = random.Random(seed)
        with manual():
            root = random_graph(seed, leaves=rng.randint(2, 6), steps=rng.randint(3, 40))
        for node, number in filled(kind, gradients(root), rng).items():
            node.grad = number
        rtol = rng.choice((1e-6, 0.0))  # without one, the floor of float noise alone decides
        monkeypatch.setattr(judge, "MANY", 0)
        alone = told(compare(root, rtol=rtol))
        monkeypatch.setattr(judge, "MANY", 10**9)
        assert told(compare(root, rtol=rtol)) == alone
