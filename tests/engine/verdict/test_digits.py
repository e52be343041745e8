"""Digits of whole arrays are those of each number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from handgrad.verdict import entries, rounding
from handgrad.verdict.rounding import Tolerance

typed = st.builds(
    lambda x, digits: float(f"{x:.{digits - 1}e}"),
    st.floats(1e-12, 1e12) | st.floats(-1e6, -1e-6),
    st.integers(1, 8),
)


@given(st.lists(st.tuples(typed, st.floats(-0.02, 0.02)), min_size=1, max_size=30))
def test_a_row_is_judged_as_each_of_its_numbers(pairs):
    written = np.array([one for one, _ in pairs])
    exact = np.array([one * (1.0 + off) for one, off in pairs])
    found = entries.are_accepted(Tolerance(), written, exact, 0.0)
    accepts = Tolerance().accepts
    assert found.tolist() == [accepts(w, e, 0.0) for w, e in zip(written.tolist(), exact.tolist())]


@given(hnp.arrays(float, 20, elements=st.floats(-2.0, 2.0)), st.integers(0, 6))
def test_half_a_digit_of_a_row_is_that_of_each_number(exact, kept):
    for written in (exact.round(2), exact.round(3), exact.round(1), exact.round(4)):
        found = entries.half_digits(written, kept)
        assert found.tolist() == [rounding.half_digit_typed(one, kept) for one in written.tolist()]


@given(st.lists(typed, min_size=1, max_size=20))
def test_the_decimals_of_a_row_are_those_of_each_number(numbers):
    assert entries.decimals_of(np.array(numbers)).tolist() == [rounding.decimals_of(number) for number in numbers]


@pytest.mark.parametrize(("dtype", "most"), [(np.float32, 6), (np.float16, 3)])
def test_what_was_written_in_a_coarser_dtype_is_its_shortest_decimal(dtype, most):
    rng = np.random.default_rng(0)
    exact = rng.normal(size=(4, 25)) * 10.0 ** rng.integers(-2, 4, (4, 25))
    for digits in range(1, most + 1):
        typed = np.vectorize(lambda one, digits=digits: float(f"{one:.{digits - 1}e}"))(exact)
        np.testing.assert_array_equal(entries.read_array(typed.astype(dtype), typed.shape), typed)
    whole = np.append(exact.ravel(), [1.0 / 3.0, np.nan, 0.0]).astype(dtype)
    np.testing.assert_array_equal(entries.read_array(whole, whole.shape), [float(str(one)) for one in whole])


def test_numbers_at_powers_of_ten_and_zeros():
    written = np.array([0.001, 1000.0, 0.1, 1e-5, 0.0, 1.0, 1200.0, 1e-300])
    exact = np.array([0.0010004, 1000.4, 0.10004, 1.0004e-5, 1e-9, 0.0, 1204.0, 1.0001e-300])
    found = entries.are_accepted(Tolerance(rtol=0.0), written, exact, 0.0)
    assert found.tolist() == [rounding.is_rounding(w, e) for w, e in zip(written.tolist(), exact.tolist())]
