"""When two gradients of theirs are the same."""

import numpy as np
import pytest

from handgrad.adapters.micrograd.subject import is_same


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, 0.0, True),
        (None, None, True),
        (None, np.zeros(3), True),
        (None, 1.0, False),
        (2.0, 2.0 + 1e-9, True),
        (2.0, 2.1, False),
        (np.array([[2.0]]), 2.0, True),
        (np.ones(2), np.ones((2, 1)), True),
        (np.ones((2, 3)), np.ones((3, 2)), False),
        (np.ones(2), np.ones(2) * (1 + 1e-9), True),
    ],
)
def test_none_is_zero_and_axes_of_one_entry_do_not_count(one, other, expected):
    assert is_same(one, other) is expected
    assert is_same(other, one) is expected
