"""A use: what it passes back, and what may stand in the place of its local derivative."""

from __future__ import annotations

import numpy as np

from handgrad import Value
from handgrad.arrays import array
from handgrad.slips.candidates import Pullback
from handgrad.slips.neighborhood import NOTHING, Use


def test_a_use_contributes_its_local_derivative_times_the_upstream_gradient() -> None:
    x = Value(2.0)
    assert Use(x * 3.0, 0, x, 3.0, -0.5).contribution == -1.5


def test_a_use_knows_its_key_its_operation_and_what_stands_beside_it() -> None:
    x, w = Value(2.0), Value(3.0)
    product = x * w
    use = Use(product, 1, w, 2.0, 1.0)
    assert use.key == (product, 1)
    assert use.other_operands == [x]
    assert use.scalar_op is product.op
    assert use.coefficient == 2.0
    entries = array(np.ones(3)) * 2.0
    assert Use(entries, 0, entries.operands[0], None, 1.0).scalar_op is product.op


def test_something_else_may_be_passed_back_of_numbers_as_of_arrays() -> None:
    assert 2.0 * Pullback(lambda g: g + 1.0) == 3.0
    assert (np.array([1.0, 2.0]) * Pullback(lambda g: g + 1.0)).tolist() == [2.0, 3.0]
    assert 5.0 * NOTHING == 0.0
    assert np.ones(3) * NOTHING == 0.0
