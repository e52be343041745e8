"""The derivative of a function of one number: right to ten digits, and it knows its error."""

from __future__ import annotations

import math

import pytest

from handgrad.manual import ByHandError, by_hand
from handgrad.rulecheck.slopes import EPSILON, is_smooth, slope

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


@pytest.mark.parametrize("x", [-3.0, 0.5, 2.0, 400.0])
def test_extrapolation_takes_the_error_of_a_cubic_away_at_the_first_steps(x: float) -> None:
    """Central differences of x**3 are off by the step squared, of which Richardson's extrapolation leaves nothing."""
    found = slope(lambda t: t**3, x)
    assert found.value == pytest.approx(3.0 * x**2, rel=1e-13)
    assert found.step >= max(abs(x), 1.0) / 4.0**4


def test_steps_shrink_from_a_quarter_of_where_it_stands_or_of_the_scale() -> None:
    for x, scale, first in ((8.0, 1.0, 2.0), (0.001, 1.0, 0.25), (0.001, 0.1, 0.025)):
        seen: list[float] = []

        def f(t: float, seen: list[float] = seen) -> float:
            seen.append(t)
            return math.sin(t)

        slope(f, x, scale)
        assert seen[:4] == pytest.approx([x + first, x - first, x + first / 4.0, x - first / 4.0])


def test_a_steep_function_is_measured_by_small_steps_and_a_noisy_one_by_large_ones() -> None:
    steep, noisy = slope(lambda t: math.sin(1e4 * t), 0.3), slope(lambda t: 1e9 + t, 0.3)
    assert steep.value == pytest.approx(1e4 * math.cos(3e3), rel=1e-8)
    assert noisy.value == pytest.approx(1.0, abs=1e-5)
    assert steep.step < 1e-3 < noisy.step
    assert noisy.error > 1e-8 > steep.error / 1e4


def test_a_pole_nearby_is_not_jumped_over() -> None:
    assert slope(lambda t: 1.0 / t, 1e-3).value == pytest.approx(-1e6, rel=1e-8)


def test_where_a_function_is_flat_the_slope_is_zero_and_known() -> None:
    found = slope(lambda t: 2.0, 0.7)
    assert (found.value, found.error < 1e-10) == (0.0, True)


@pytest.mark.parametrize("raised", [ZeroDivisionError, OverflowError, ValueError])
def test_no_value_on_a_side_is_no_slope_and_no_error(raised: type[Exception]) -> None:
    def f(t: float) -> float:
        if t < 1.0:
            raise raised
        return t

    found = slope(f, 1.0)
    assert math.isnan(found.value)
    assert found.error == math.inf


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (math.sin, 0.3, True),
        (math.exp, -20.0, True),
        (lambda t: t * t * math.copysign(1.0, t), 0.0, True),  # its second derivative jumps, its slope does not
        (lambda t: 1e8 + t, 0.5, True),
        (lambda t: 1e12 + t, 0.5, True),
        (lambda t: max(t, 0.0), 1e-3, True),
        (lambda t: 10.0 * t + abs(t), 0.0, False),
        (abs, 0.0, False),
        (lambda t: max(t, 0.0), 0.0, False),
        (lambda t: max(1.0 + t, 1.0 - 2.0 * t), 0.0, False),
        (math.sqrt, 0.0, False),
    ],
)
def test_a_function_is_smooth_where_the_slopes_of_both_sides_meet(f: object, x: float, expected: bool) -> None:
    assert is_smooth(f, x, slope(f, x)) is expected


def test_a_step_too_small_for_its_place_says_nothing_against_it() -> None:
    found = slope(math.sin, 1.0)._replace(step=EPSILON)
    assert is_smooth(math.sin, 1.0, found)


def test_no_slope_is_measured_where_it_is_to_be_done_by_hand() -> None:
    with by_hand(), pytest.raises(ByHandError):
        slope(math.sin, 1.0)
