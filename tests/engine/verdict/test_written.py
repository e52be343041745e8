"""What a learner wrote is judged as it was written: its number, its type's precision, and nothing where it is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad import Status, compare, label, manual
from handgrad.arrays import array
from handgrad.verdict.rounding import UserGradient

from ..slips.lecture import filled


def test_it_says_number_grad_and_precision_in_this_order() -> None:
    assert UserGradient(1.0, np.float32(1.0), 1e-5) == (1.0, np.float32(1.0), 1e-5)


@pytest.mark.parametrize(
    ("grad", "status"),
    [
        (6.0, Status.CORRECT),
        (6, Status.CORRECT),
        (np.float32(6.00001), Status.CORRECT),  # float32 does not know better
        (np.float16(6.004), Status.CORRECT),
        (6.00001, Status.WRONG),
        (np.float32(6.5), Status.WRONG),
        ("6", Status.WRONG),
        (None, Status.MISSING),
    ],
)
def test_a_number_is_judged_as_precisely_as_its_type_knows_it(grad: Any, status: Status) -> None:
    nodes = filled(a=grad)
    assert compare(nodes["L"], typed=False)[nodes["a"]].status is status


@pytest.mark.parametrize(("dtype", "status"), [(np.float32, Status.CORRECT), (np.float64, Status.WRONG)])
def test_so_is_an_array(dtype: Any, status: Status) -> None:
    with manual():
        x = array([1.0, 2.0, 3.0], "x")
        loss = (label(x * 2.0, "y") ** 2).sum()
    x.grad = (8.0 * x.data * (1.0 + 1e-5)).astype(dtype)
    assert compare(loss, typed=False, nodes=[x])[x].status is status
