"""A named mistake, and what is no number at all."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from handgrad import Slip, Value, compare
from handgrad.slips.search import no_number

from .lecture import filled

NO_GRADIENTS = {
    "a Value": (Value(1.0), "not-a-number"),
    "a str": ("4", "not-a-number"),
    "an array": (np.array([1.0, 2.0]), "not-a-number"),
    "a bool": (True, "not-a-number"),
    "a list": ([1.0], "not-a-number"),
    "a complex": (1j, "not-a-number"),
    "nan": (math.nan, "not-finite"),
    "an infinity": (-math.inf, "not-finite"),
    "a numpy nan": (np.float64("nan"), "not-finite"),
    "a huge int": (10**400, "not-finite"),
}


@pytest.mark.parametrize("case", NO_GRADIENTS)
def test_a_grad_that_is_no_finite_number_is_wrong_at_its_node_alone(case: str) -> None:
    grad, kind = NO_GRADIENTS[case]
    nodes = filled(d=grad)
    comparison = compare(nodes["L"])
    assert [cause.name for cause in comparison.causes] == ["d"]
    assert comparison.wrong == comparison.causes
    result = comparison[nodes["d"]]
    assert (result.slip.kind, result.error) == (kind, None)
    assert "d" in result.slip.message
    assert str(comparison)
    assert json.dumps(comparison.to_dict())


def test_a_slip_is_frozen_and_goes_into_json_without_its_edges() -> None:
    slip = Slip("sign", "x: turn it round.", ("rule",), ((Value(1.0), 0),))
    assert slip.to_dict() == {"kind": "sign", "message": "x: turn it round.", "also": ["rule"]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        slip.kind = "rule"


@pytest.mark.parametrize(
    ("grad", "kind", "said"),
    [
        (math.inf, "not-finite", "The gradient of x is inf. It must be a finite number."),
        (10**400, "not-finite", "The gradient of x is 100000000000000000000000. It must be a finite number."),
        (Value(1.0), "not-a-number", "is a Value, not a number. Write a float, such as v.data or v.grad of the node"),
        ([1.0], "not-a-number", "The gradient of x is a list, not a number. Write a float."),
        (True, "not-a-number", "The gradient of x is a bool, not a number. Write a float."),
        (object(), "not-a-number", "The gradient of x is an object, not a number."),
    ],
)
def test_what_is_no_number_is_told_by_its_type(grad: object, kind: str, said: str) -> None:
    slip = no_number("x", grad)
    assert slip.kind == kind
    assert said in slip.message
