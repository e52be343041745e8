"""Central differences: an oracle that must itself be trusted."""

import math

import pytest

from handgrad import HandgradError, Value, gradients, numeric_gradients
from handgrad.numeric import slope
from tests.graphs import random_graph

CASES = [
    (math.sin, math.cos),
    (math.exp, math.exp),
    (math.tanh, lambda x: 1.0 / math.cosh(x) ** 2),
    (lambda x: x**3, lambda x: 3.0 * x**2),
    (lambda x: 1.0 / x, lambda x: -1.0 / x**2),
    (math.atan, lambda x: 1.0 / (1.0 + x * x)),
]


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("x", [1e-8, -1e-3, 0.7, -3.1, 30.0])
def test_a_slope_is_right_to_ten_digits_at_any_magnitude_and_knows_its_error(case: int, x: float) -> None:
    f, derivative = CASES[case]
    found = slope(f, x)
    assert found.value == pytest.approx(derivative(x), rel=1e-9, abs=1e-12)
    assert abs(found.value - derivative(x)) <= 10.0 * found.error + 1e-12 * abs(derivative(x))


def test_a_slope_near_the_edge_of_a_domain_stays_inside_it() -> None:
    assert slope(math.log, 1e-6).value == pytest.approx(1e6, rel=1e-9)
    assert math.isnan(slope(math.sqrt, -1.0).value)


@pytest.mark.parametrize("seed", range(25))
def test_numeric_gradients_agree_with_autodiff_at_every_node(seed: int) -> None:
    root = random_graph(seed, steps=18)
    assert dict(numeric_gradients(root)) == pytest.approx(gradients(root), rel=1e-6, abs=1e-8)


def test_numeric_gradients_write_nothing_and_move_constants_too() -> None:
    x = Value(1.5, "x")
    root = x * 4.0
    found = numeric_gradients(root)
    assert found[root.operands[1]] == pytest.approx(1.5)
    assert (x.grad, x.data, root.grad) == (0.0, 1.5, 0.0)


def test_a_constant_that_cannot_be_moved_counts_as_zero() -> None:
    root = Value(-3.0) ** 2
    assert numeric_gradients(root)[root.operands[1]] == 0.0


def test_a_node_at_the_edge_of_its_domain_is_an_error_that_names_it() -> None:
    with pytest.raises(HandgradError, match="no value on both sides"):
        numeric_gradients(Value(0.0, "x").sqrt())


def test_a_stale_graph_is_refused() -> None:
    x = Value(1.0)
    root = x * 3.0
    x.data = 2.0
    with pytest.raises(HandgradError, match="stale"):
        numeric_gradients(root)
