"""An operation on arrays as a record."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from handgrad.arrays import array
from handgrad.arrays.edges import ArrayOp, carry_out, entrywise
from handgrad.errors import DomainError

from .samples import gradient, x23


def test_an_operation_says_its_parameters():
    x = x23()
    said = {
        "axis=0": x.sum(0),
        "axis=(0, 1), keepdims=True": x.max((0, 1), keepdims=True),
        "": x.mean(),
        "(3, 2)": x.reshape(3, 2),
        "(1, 0)": x.transpose(1, 0),
        "[1, ::2]": x[1, ::2],
        "[..., None, :2]": x[..., None, :2],
        "[array of shape (2,)]": x[[0, 1]],
        "k=1": np.triu(x, 1),
        "axis=-1": x.softmax(),
        "-1.0, None": x.clip(-1.0),
        "ij,kj->ik": np.einsum("ij,kj->ik", x, x),
    }
    assert [node.op.detail for node in said.values()] == list(said)


def test_nothing_of_this_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DomainError, match="no mean"):
            array(np.zeros((0, 3))).mean(0)
        with pytest.raises(DomainError):
            np.exp(array([1000.0]))
        (np.where([True, False], array([1.0, 2.0]), -np.inf).softmax() ** 2).sum().backward()


def test_it_is_called_on_nodes_and_on_plain_arrays_of_numbers():
    double = ArrayOp("double", lambda x: 2.0 * x, lambda x, y: [entrywise(x.shape, 2.0)])
    x = x23()
    node = double(x)
    assert (node.op, node.op.scalar, node.op.lets_masks_through) == (double, None, False)
    assert gradient(node.sum(), x) == [[2.0] * 3] * 2
    assert carry_out(double, x).operands == (x,)
    plain = carry_out(double, x.data)
    assert type(plain) is np.ndarray
    assert plain.tolist() == (2.0 * x.data).tolist()


def test_only_an_operation_that_lets_masks_through_gives_one():
    for lets_through in (True, False):
        half = ArrayOp(
            "half", lambda x: 0.5 * x, lambda x, y: [entrywise(x.shape, 0.5)], lets_masks_through=lets_through
        )
        masked = np.where([True, False], array([1.0, 2.0]), -np.inf)
        if lets_through:
            assert half(masked).data.tolist() == [0.5, -np.inf]
        else:
            with pytest.raises(DomainError, match="'half' has no finite value"):
                half(masked)
