"""NumPy's object arrays of Values, and NumPy's functions on a Value."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.arrays import Array
from handgrad.errors import UnsupportedFunctionError

from .samples import x23


def test_object_arrays_of_values_stay_numpys_and_become_a_node_beside_an_array():
    values = np.array([Value(1.0), Value(2.0), Value(3.0)])
    assert (values * 2.0).dtype == object
    mixed = values * x23()
    assert isinstance(mixed, Array)
    assert gradients(mixed.sum())[values[1]] == 2.0
    assert isinstance(x23() + values, Array)
    assert isinstance(np.concatenate([x23()[0], values]), Array)


def test_a_value_knows_numpys_functions_too():
    v = Value(0.5)
    for name in ("log1p", "arctan", "tan", "sign", "cosh", "exp2", "log10", "expm1", "arcsin"):
        made = getattr(np, name)(v)
        assert type(made) is Value
        assert made.data == pytest.approx(getattr(np, name)(0.5))
    assert np.logaddexp(v, 0.0).data == pytest.approx(np.logaddexp(0.5, 0.0))
    assert [node.data for node in np.hypot(np.array([v, v]), v)] == [pytest.approx(np.hypot(0.5, 0.5))] * 2


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda v: np.floor(v), r"np\.floor has no rule for a node"),
        (lambda v: np.logaddexp2(v, 1.0), r"np\.logaddexp2 .* There is np\.logaddexp"),
        (lambda v: np.add.reduce(v), r"np\.add\.reduce has no rule"),
        (lambda v: np.multiply.outer(np.ones(2), v), r"np\.multiply\.outer has no rule"),
    ],
)
def test_a_function_that_would_detach_a_value_is_refused_by_name(call, said):
    with pytest.raises(UnsupportedFunctionError, match=said):
        call(Value(1.5))


def test_a_tie_in_an_array_of_values_is_shared_as_between_two():
    values = np.array([Value(1.0), Value(3.0), Value(2.0)])
    found = gradients(np.maximum(values, Value(2.0)).sum())
    assert [found[value] for value in values] == [0.0, 1.0, 0.5]


def test_comparisons_of_an_array_of_values_are_plain():
    values = np.array([Value(1.0), Value(3.0)])
    assert (values > 2.0).tolist() == [False, True]
    assert (Value(2.0) > np.array([1.0, 3.0])).tolist() == [True, False]
