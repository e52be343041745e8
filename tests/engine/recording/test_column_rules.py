"""The rules of operations on whole columns: number by number what the table says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import op
from handgrad.ops import Op, leaky_relu
from handgrad.recording.plan import column_rules
from tests.operations import BUILT_IN

COLUMNS = np.array([[0.3, 1.4, 2.2, 0.9], [1.7, 0.4, 2.2, 1.1]])

OPERATIONS = [
    *BUILT_IN,
    leaky_relu(0.3),
    op("cube", lambda x: x**3, lambda x: 3.0 * x * x),
    op("mixed", lambda a, b: a * b + b, lambda a, b: (b, a + 1.0)),
    op("leaky_relu", lambda x: 5.0 * x, lambda x: 5.0),  # a name that one of the table has
    Op("floor", lambda x: math.floor(x), lambda x, y: (0.0,), ("0",)),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_column_holds_what_the_operation_gives_for_each_number(operation):
    count = len(operation.rule) or (2 if operation.name == "mixed" else 1)
    columns = [COLUMNS[i] for i in range(count)]
    forward, derive = column_rules(operation)
    out = forward(*columns)
    assert out == pytest.approx([operation.forward(*numbers) for numbers in zip(*columns)], rel=1e-14)
    derivatives = [np.broadcast_to(column, 4) for column in derive(*columns, out)]
    expected = [operation.derivatives(*numbers) for numbers in zip(*columns, out.tolist())]
    for place in range(count):
        assert derivatives[place] == pytest.approx([row[place] for row in expected], rel=1e-14)


def test_where_there_is_no_finite_number_the_column_says_so_and_raises_nothing():
    root = op("root", math.sqrt, lambda x, y: 0.5 / y)
    forward, derive = column_rules(root)
    out = forward(np.array([4.0, -1.0, 0.0]))
    assert out[[0, 2]].tolist() == [2.0, 0.0]
    assert np.isnan(out[1])
    (slopes,) = derive(np.array([4.0, -1.0, 0.0]), out)
    assert np.isfinite(slopes).tolist() == [True, False, False]


def test_an_operation_is_looked_up_once():
    assert column_rules(OPERATIONS[0]) is column_rules(OPERATIONS[0])
