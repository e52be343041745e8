"""Typed digits of whole arrays are those of each number."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from handgrad import number
from handgrad.verdict.digits import are_of_two_decimals, are_roundings, half_a_digit

typed = st.builds(
    lambda x, digits: float(f"{x:.{digits - 1}e}"),
    st.floats(1e-12, 1e12) | st.floats(-1e6, -1e-6),
    st.integers(1, 8),
)


@given(st.lists(st.tuples(typed, st.floats(-0.02, 0.02)), min_size=1, max_size=30))
def test_a_row_is_judged_as_each_of_its_numbers(pairs):
    written = np.array([one for one, _ in pairs])
    exact = np.array([one * (1.0 + off) for one, off in pairs])
    found = are_roundings(written, exact, np.abs(written - exact))
    assert found.tolist() == [number.is_rounding(w, e) for w, e in zip(written.tolist(), exact.tolist())]
    half = half_a_digit(written, exact)
    np.testing.assert_allclose(half, [number.half_a_digit(*both) for both in zip(written.tolist(), exact.tolist())])


@given(hnp.arrays(float, 20, elements=st.floats(-2.0, 2.0)), st.booleans())
def test_two_decimals_are_those_of_each_number(exact, rounds):
    for written in (exact.round(2), exact.round(3), exact.round(1), exact):
        found = are_of_two_decimals(written, exact, rounds=rounds)
        both = zip(written.tolist(), exact.tolist())
        assert found.tolist() == [number.is_of_two_decimals(w, e, rounds=rounds) for w, e in both]


def test_numbers_at_powers_of_ten_and_zeros():
    written = np.array([0.001, 1000.0, 0.1, 1e-5, 0.0, 1.0, 1200.0, 1e-300])
    exact = np.array([0.0010004, 1000.4, 0.10004, 1.0004e-5, 1e-9, 0.0, 1204.0, 1.0001e-300])
    found = are_roundings(written, exact, np.abs(written - exact))
    assert found.tolist() == [number.is_rounding(w, e) for w, e in zip(written.tolist(), exact.tolist())]
