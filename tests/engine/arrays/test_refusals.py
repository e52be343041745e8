"""What does not fit is told with names, shapes and plain words."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import HandgradError, Value
from handgrad.arrays import array
from handgrad.arrays.refusals import OperandIndexError, OperandShapeError, UnsupportedArgumentError
from handgrad.errors import DetachError

from .samples import x23


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x, w: x + w, r"'\+' of x \(2, 3\), w \(4, 2\): .*last axis has the lengths 3 and 2"),
        (lambda x, w: x * w.T, r"'\*' of x \(2, 3\), w\.T \(2, 4\): .*last axis has the lengths 3 and 4"),
        (
            lambda x, w: x + np.ones((3, 3)),
            r"of x \(2, 3\), an array \(3, 3\): .*2nd axis from the right .* 2 and 3",
        ),
        (
            lambda x, w: x @ w,
            r"'@' of x \(2, 3\), w \(4, 2\): the last axis of the first, of length 3, .* of length 4",
        ),
        (lambda x, w: x @ w[:, 0], r"'@' of x \(2, 3\), .*of length 3, .* only axis of the second, of length 4"),
        (lambda x, w: x @ np.ones((5, 4, 2)), "the second to last axis of the second, of length 4"),
        (
            lambda x, w: np.ones((3, 2, 3)) @ x.reshape(2, 3, 1),
            "before the last two, shapes are lined up from the right, and the last axis has .* 3 and 2",
        ),
        (lambda x, w: w @ Value(2.0), "write '\\*' for a number"),
        (
            lambda x, w: x.reshape(4, 2),
            r"'reshape' of x \(2, 3\): cannot reshape array of size 6 into shape \(4, ?2\)",
        ),
        (lambda x, w: np.concatenate([x, w]), r"'concatenate' of x \(2, 3\), w \(4, 2\)"),
        (
            lambda x, w: np.stack([x, w]),
            r"'stack' of x \(2, 3\), w \(4, 2\): all input arrays must have the same shape",
        ),
        (lambda x, w: np.einsum("ij,jk", x, w), r"'einsum' of x \(2, 3\), w \(4, 2\)"),
        (lambda x, w: np.einsum("ijk", x), r"'einsum' of x \(2, 3\): 'ijk' does not name the axes"),
        (
            lambda x, w: np.tensordot(x, w, 1),
            r"'tensordot' of x \(2, 3\), w \(4, 2\): axis 1 .* length 3 and axis 0",
        ),
        (lambda x, w: np.where(np.ones(5, dtype=bool), x, 0.0), r"'where' of x \(2, 3\)"),
        (lambda x, w: x.max(1).reshape(0, 3).max(0), "'reshape'"),
        (lambda x, w: array(np.zeros((0, 3)), label="x").max(0), r"'max' of x \(0, 3\)"),
    ],
)
def test_shapes_that_do_not_fit_are_told_with_names(call, said):
    with pytest.raises(OperandShapeError, match=said) as caught:
        call(x23(), array(np.zeros((4, 2)), label="w"))
    assert isinstance(caught.value, ValueError)


def test_every_error_of_arrays_is_a_handgrad_error():
    for kind in (OperandShapeError, OperandIndexError, UnsupportedArgumentError):
        assert issubclass(kind, HandgradError)


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (
            ((2, 3), (4, 1)),
            "the 2nd axis from the right has the lengths 2 and 4. They must be equal, or one of them 1.",
        ),
        (((5, 2, 3), (2, 1), (3,)), ""),
        (((5, 2, 3), (4, 1, 3)), "the 3rd axis from the right has the lengths 5 and 4"),
        (((5, 2, 2, 3), (4, 1, 1, 3)), "the 4th axis from the right has the lengths 5 and 4"),
        (((3,), (2, 4)), "the last axis has the lengths 3 and 4"),
    ],
)
def test_of_arrays_that_are_lined_up_an_axis_of_length_1_or_none_fits_any(shapes, said):
    def added():
        total = array(np.ones(shapes[0]), "x")
        for shape in shapes[1:]:
            total = total + np.ones(shape)
        return total

    if said:
        with pytest.raises(OperandShapeError) as error:
            added()
        assert said in str(error.value)
        assert (error.value.operation, error.value.operands[0]) == ("+", ("x", shapes[0]))
    else:
        assert added().shape == shapes[0]


def test_an_argument_without_a_rule_keeps_its_facts():
    error = UnsupportedArgumentError("sum", "out", "Leave it out.")
    assert str(error) == "np.sum(out=...) has no rule for a node. Leave it out."
    assert (error.function, error.argument) == ("sum", "out")


def test_what_would_cut_an_array_off_is_told_with_what_to_write():
    with pytest.raises(DetachError) as error:
        bool(array(np.ones(3), "x"))
    assert "bool(x), as in `if x:`, would cut node x (data an array of shape (3,)) out of the graph" in str(error.value)
    assert "(x.data > 0).all(). Use NumPy's functions on x itself, or write x.data" in str(error.value)
