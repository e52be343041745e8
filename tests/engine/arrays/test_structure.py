"""What moves, picks and joins entries, and where their gradients go back to."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.arrays import array
from handgrad.arrays.refusals import OperandIndexError
from handgrad.errors import NotANumberError

from .samples import gradient, x23


def test_an_index_is_a_copy_of_the_one_given():
    index = np.array([0, 1])
    x = array([1.0, 2.0, 3.0])
    y = (x[index] * np.array([1.0, 10.0])).sum()
    index[:] = 2
    assert gradient(y, x) == [1.0, 10.0, 0.0]


def test_split_gives_the_parts():
    x = array(np.arange(12.0).reshape(2, 6))
    assert [part.shape for part in np.split(x, 3, axis=1)] == [(2, 2)] * 3
    assert [part.shape for part in np.array_split(x, 4, axis=1)] == [(2, 2), (2, 2), (2, 1), (2, 1)]
    assert [part.shape for part in np.split(x, [1, 4], axis=-1)] == [(2, 1), (2, 3), (2, 2)]
    assert [part.shape for part in np.split(x, [4, 2], axis=1)] == [(2, 4), (2, 0), (2, 4)]
    assert [part.shape for part in np.hsplit(x, 2)] == [(2, 3)] * 2
    assert [part.shape for part in np.vsplit(x, 2)] == [(1, 6)] * 2
    assert [part.shape for part in np.hsplit(x[0], 2)] == [(3,)] * 2


def test_clip_has_slope_1_at_its_bounds():
    x = array([-1.0, 0.0, 0.5, 1.0, 2.0])
    assert gradient(np.clip(x, 0.0, 1.0).sum(), x) == gradient(x.clip(0.0, 1.0).sum(), x) == [0.0, 1.0, 1.0, 1.0, 0.0]
    assert gradient(x.clip(max=0.0).sum(), x) == [1.0, 1.0, 0.0, 0.0, 0.0]


def test_an_entry_picked_twice_gets_both_gradients():
    C = array([[1.0], [2.0], [3.0]])
    emb = C[[0, 2, 0]]
    assert gradient((emb * np.array([[1.0], [10.0], [100.0]])).sum(), C) == [[101.0], [0.0], [10.0]]


@pytest.mark.parametrize("flip", [False, True])
def test_where_takes_a_value_on_either_side(flip):
    v, x, mask = Value(2.0), array([1.0, 2.0, 4.0]), np.array([True, False, True])
    loss = (np.where(~mask, x, v) if flip else np.where(mask, v, x)).sum()
    assert (gradients(loss)[v], gradient(loss, x)) == (2.0, [0.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x: x[2], r"'index' of x \(2, 3\): index 2 is out of bounds for axis 0 with size 2"),
        (lambda x: x[0, 0, 0], "too many indices"),
        (lambda x: x[[0, 5]], "index 5 is out of bounds"),
        (lambda x: x[0.5], "only integers"),
        (lambda x: x.sum(2), r"'sum' of x \(2, 3\): axis 2 is out of bounds"),
        (lambda x: np.take(x, [7], axis=1), "index 7 is out of bounds"),
    ],
)
def test_an_index_past_the_end_is_an_index_error_that_names_the_array(call, said):
    with pytest.raises(IndexError, match=said) as caught:
        call(x23())
    assert isinstance(caught.value, OperandIndexError)


def test_a_node_is_no_index():
    x = x23()
    for index in (x[0, 0], (slice(None), Value(1.0))):
        with pytest.raises(NotANumberError, match="plain whole numbers"):
            x[index]
