"""What is quick about roundings says what the slow way says, whatever was looked at before."""

from __future__ import annotations

import math
import random
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handgrad.verdict.rounding import half_a_digit, half_digit_typed, is_rounding, is_too_short

EXACT = st.one_of(
    st.floats(1e-30, 1e30),
    st.floats(1e-5, 1e3),
    st.integers(-6, 6).map(lambda power: 10.0**power),
    st.integers(1, 10**6).map(lambda n: n / 10**4 + 5e-5),  # a tie of four decimals
)
WAYS = st.one_of(
    st.integers(1, 12).map(lambda digits: lambda exact: float(f"{exact:.{digits - 1}e}")),
    st.integers(0, 9).map(lambda decimals: lambda exact: round(exact, decimals)),
    st.just(lambda exact: 1.06 * exact),
    st.just(lambda exact: 0.0),
)
TYPED = st.tuples(EXACT, WAYS, st.sampled_from([1.0, 1.0 + 1e-7, 0.99, -1.0]), st.sampled_from([1.0, -1.0]))


@given(st.lists(TYPED, min_size=1, max_size=30))
@example([(0.5, lambda exact: 0.5, 1.0, 1.0)])
@example([(0.01049, lambda exact: 0.01, 1.0, 1.0), (0.0095, lambda exact: 0.01, 1.0, -1.0)])
def test_a_row_of_roundings_is_told_from_other_numbers_as_each_by_itself(typed):
    for exact, way, factor, sign in typed:
        number, exact = way(exact) * factor * sign, exact * sign
        if number and number != exact:
            off = abs(number - exact)
            is_it = off <= 0.06 * abs(exact) and off <= half_a_digit(number, exact) * (1.0 + 1e-9)
            assert is_rounding(number, exact) == is_it


@given(st.one_of(st.floats(-1e25, 1e25), st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)))
def test_half_of_the_last_digit_is_none_of_more_digits_than_people_type(number: float) -> None:
    half = half_a_digit(number, number) if number else 0.0
    assert half_digit_typed(number) == (half if half >= 4e-10 * abs(number) else 0.0)


def test_half_of_the_last_digit_of_who_is_known_to_round_to_decimals() -> None:
    assert half_digit_typed(0.335) == half_a_digit(0.335, 0.335) == 0.0005
    assert [half_digit_typed(number, 3) for number in (0.0, 0.009, 0.3, 1.0)] == [0.0005, 0.0005, 0.0005, 0.005]
    assert half_digit_typed(0.0) == 0.0
    assert half_digit_typed(0.34, is_rough=True) == 0.005


@pytest.mark.parametrize(
    ("written", "exact", "kept", "is_it"),
    [
        (0.34, 0.3361, 0, True),
        (0.34, 0.3461, 0, False),
        (0.004, 0.00412, 0, True),
        (0.0041, 0.004118, 0, True),
        (0.3, 0.2982, 0, False),
        (0.3, 0.2982, 1, True),
        (0.3, 0.306, 1, False),
        (1.0, 0.998, 1, False),
        (0.3, 0.2982, 2, True),
        (0.3, 0.2982, 3, False),
        (0.0, 0.0003, 0, False),
        (0.0, 0.0003, 3, True),
        (0.0, 0.0007, 3, False),
    ],
)
def test_too_few_decimals_are_told_from_a_wrong_number(written: float, exact: float, kept: int, is_it: bool) -> None:
    assert is_too_short(written, exact, kept) is is_it
    assert is_too_short(-written, -exact, kept) is is_it


def roundings(exact: float) -> set[float]:
    """What a person may write for it, to 12 digits at most, by the decimal module; a tie goes either way."""
    number = Decimal(exact)
    three_digits = 2 - number.adjusted()
    fewest = min(3, three_digits) if abs(exact) >= 0.01 else three_digits
    return {
        float(number.quantize(Decimal(1).scaleb(-places), rounding))
        for places in range(fewest, three_digits + 10)
        for rounding in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    }


@pytest.mark.parametrize("seed", range(5))
def test_what_the_decimal_module_rounds_to_is_a_rounding_and_its_neighbours_are_not(seed):
    rng = random.Random(seed)
    for _ in range(60):
        exact = rng.choice([-1, 1]) * 10.0 ** rng.uniform(-6, 6)
        for written in roundings(exact):
            assert is_rounding(written, exact), (written, exact)
        digits = rng.randrange(3, 8)
        written = float(f"{exact:.{digits}g}")
        step = 10.0 ** (math.floor(math.log10(abs(exact))) + 1 - digits)
        for off in (written + step, written - step):
            known = off in roundings(exact)
            assert is_rounding(off, exact) == known, (off, exact)


@pytest.mark.parametrize(
    ("written", "exact", "is_it"),
    [
        (0.0, 0.0, True),
        (0.0, 1e-9, False),
        (1e-9, 0.0, False),
        (math.nan, 1.0, False),
        (1.0, math.inf, False),
        (0.335, -0.335, False),
        (0.010, 0.01049, True),  # three decimals from 0.01 on
        (0.009, 0.00949, False),
        (1e22, 1.004e22, True),
        (1.25e-7, 1.2545e-7, True),
    ],
)
def test_zero_stands_for_nothing_else_and_three_digits_are_asked_for(written, exact, is_it):
    assert is_rounding(written, exact) is is_it


@pytest.mark.parametrize(
    ("written", "half"), [(0.335, 0.0005), (0.09, 0.0005), (120.0, 0.5), (1230.0, 5.0), (2.5e-7, 5e-10), (7.0, 0.005)]
)
def test_half_a_digit_is_that_of_the_last_one_kept_or_of_the_fewest_allowed(written, half):
    assert half_a_digit(written, written) == pytest.approx(half, rel=1e-12)
