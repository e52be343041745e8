"""What is quick about roundings says what the slow way says, whatever was looked at before."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from handgrad.number import half_a_digit, is_rounding
from handgrad.verdict.arrived import half_digits
from handgrad.verdict.roundings import Roundings, half_of_last_digit

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
    are_rounded = Roundings()
    for exact, way, factor, sign in typed:
        number, exact = way(exact) * factor * sign, exact * sign
        if number != exact:
            assert are_rounded(number, exact, abs(number - exact)) == is_rounding(number, exact)


@given(st.one_of(st.floats(-1e25, 1e25), st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)))
def test_half_of_the_last_digit_is_that_of_the_slow_way(number: float) -> None:
    assert half_of_last_digit(number) == half_digits(number)
    assert half_of_last_digit(0.0) == 0.0
    assert half_of_last_digit(0.335) == half_a_digit(0.335, 0.335)
