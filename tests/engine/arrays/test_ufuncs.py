"""NumPy's names for operations on entries."""

from __future__ import annotations

import math

import numpy as np
import pytest

import handgrad
from handgrad import Value, ops
from handgrad.arrays import array
from handgrad.arrays.entrywise import FORWARDS, UFUNCS
from tests.operations import BUILT_IN

from .samples import x23


def test_a_function_that_scipy_brings_is_known_by_its_name():
    class Named:
        __name__ = "erf"

    x = x23()
    expected = [[math.erf(number) for number in row] for row in x.data.tolist()]
    assert x.__array_ufunc__(Named(), "__call__", x).data.tolist() == expected


@pytest.mark.parametrize("name", sorted(UFUNCS.keys() - {"erf", "expit"}))
def test_an_operation_that_numpy_names_gives_numpys_numbers_for_a_value_and_for_an_array(name):
    function = getattr(np, name)
    for point in ((0.6, 0.3), (0.9, -0.4), (-0.7, 0.2)):
        inputs = point[: function.nin]
        with np.errstate(invalid="ignore"):
            expected = function(*inputs)
        if np.isnan(expected):
            continue
        assert function(*map(Value, inputs)).data == pytest.approx(expected, rel=1e-14)
        assert function(*[array([x]) for x in inputs]).data[0] == pytest.approx(expected, rel=1e-14)
        assert handgrad.gradcheck(UFUNCS[name], *inputs).ok


def test_of_several_names_for_one_operation_the_first_gives_its_numbers():
    for op, function in (
        (ops.DIVIDE, np.divide),
        (ops.POWER, np.power),
        (ops.ABS, np.absolute),
        (ops.MAXIMUM, np.maximum),
        (ops.MINIMUM, np.minimum),
    ):
        assert FORWARDS[op] is function


def test_every_operation_of_the_table_but_the_slopes_of_a_leaky_relu_has_numpys_function():
    assert set(BUILT_IN) - set(FORWARDS) == {ops.LEAKY_RELU}
    assert set(UFUNCS.values()) <= set(FORWARDS)


def test_what_numpy_has_no_function_for_is_worked_out_entry_by_entry():
    x = np.array([[-40.0, -0.5], [0.5, 40.0]])
    assert FORWARDS[ops.ERF](x).tolist() == [[math.erf(n) for n in row] for row in x.tolist()]
    assert FORWARDS[ops.SIGMOID](x).ravel() == pytest.approx([ops.sigmoid(n) for n in x.ravel().tolist()], rel=1e-15)
    assert FORWARDS[ops.RELU](x).tolist() == [[0.0, 0.0], [0.5, 40.0]]
    assert FORWARDS[ops.SOFTPLUS](x).ravel() == pytest.approx([ops.SOFTPLUS.forward(n) for n in x.ravel().tolist()])
