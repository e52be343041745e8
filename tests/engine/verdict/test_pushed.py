"""One loop over a graph of numbers gives the verdicts that each node gives by itself."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad import Comparison, Value, compare, gradients, manual
from handgrad.autodiff import pass_on
from handgrad.local import local_derivatives
from handgrad.number import half_a_digit, is_rounding
from handgrad.verdict import judge
from handgrad.verdict.judge import half_digits
from handgrad.verdict.pushed import half_of_last_digit, has_digits
from tests.graphs import random_graph

FILLINGS = ("three", "four", "two", "blank", "half blank", "noise", "single", "carried", "carried at three", "mixed")


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
    return own


def told(comparison: Comparison) -> list[Any]:
    return [
        (result.status, result.rounded, pytest.approx(comparison.size(result.node), rel=1e-12, abs=0.0, nan_ok=True))
        for result in comparison
    ]


@pytest.mark.parametrize("kind", FILLINGS)
def test_the_verdicts_are_those_of_each_node_by_itself(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(25):
        rng = random.Random(seed)
        with manual():
            root = random_graph(seed, leaves=rng.randint(2, 6), steps=rng.randint(3, 40))
        for node, number in filled(kind, gradients(root), rng).items():
            node.grad = number
        monkeypatch.setattr(judge, "MANY", 0)
        alone = told(compare(root))
        monkeypatch.setattr(judge, "MANY", 10**9)
        assert told(compare(root)) == alone


@given(st.floats(1e-30, 1e30), st.integers(2, 17), st.booleans())
def test_the_quick_test_of_a_rounding_says_nothing_that_is_not_so(exact: float, digits: int, is_off: bool) -> None:
    written = float(f"{exact:.{digits - 1}e}") * (1.0 + 1e-7 * is_off)
    for guess in range(3, 10):
        if has_digits(written, exact, abs(written - exact), guess):
            assert is_rounding(written, exact)


def test_the_quick_test_knows_the_digits_that_were_kept() -> None:
    for digits in range(3, 9):
        assert has_digits(
            float(f"{np.pi:.{digits - 1}e}"), np.pi, abs(float(f"{np.pi:.{digits - 1}e}") - np.pi), digits
        )
    assert not has_digits(3.14, 3.15, 0.01, 3)
    assert not has_digits(0.0, 0.0, 0.0, 3)


@given(st.one_of(st.floats(-1e25, 1e25), st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)))
def test_half_of_the_last_digit_is_that_of_the_slow_way(number: float) -> None:
    assert half_of_last_digit(number) == half_digits(number)
    assert half_of_last_digit(0.0) == 0.0
    assert half_of_last_digit(0.335) == half_a_digit(0.335, 0.335)
