"""Operators make nodes, comparisons plain arrays, and what would cut the graph is refused."""

from __future__ import annotations

import math
import pydoc

import numpy as np
import pytest

from handgrad import Value
from handgrad.arrays import Array
from handgrad.arrays.refusals import UnsupportedArgumentError
from handgrad.errors import DetachError, NotANumberError

from .samples import x23


def test_equality_with_numbers_compares_data_and_with_a_node_asks_whether_it_is_that():
    x, y = x23(), x23()
    same = x
    assert (x == same) is True
    assert (x == y) is False
    assert x != y
    assert {x: 1, y: 2}[x] == 1
    assert (x == 3.0).tolist() == [[False, False, True], [False, False, False]]
    assert (x != 3.0).sum() == 5
    assert (x == y.data).all()
    assert (y.data == x).all()


def test_comparisons_are_plain_arrays_of_the_data():
    x = x23()
    for mask in (x > 0.0, np.greater(x, 0.0), np.less(0.0, x), x.data > 0.0, np.zeros((2, 3)) < x):
        assert type(mask) is np.ndarray
        assert mask.tolist() == [[True, False, True], [True, True, False]]
    assert (x <= x.max(1, keepdims=True)).all()
    assert (Value(0.0) < x).sum() == 4
    assert np.isfinite(x).all()
    assert not np.isnan(x).any()
    assert np.logical_not(x > 0.0).sum() == 2


def test_in_place_addition_to_a_name_makes_a_new_node():
    x = y = x23()
    y += 1.0
    assert y is not x
    assert y.operands[0] is x


@pytest.mark.parametrize(
    "detach",
    [
        lambda x: np.asarray(x),
        lambda x: np.array(x),
        lambda x: np.array([x, x]),
        lambda x: np.save("never", x),
        lambda x: float(x),
        lambda x: int(x),
        lambda x: round(x),
        lambda x: bool(x),
        lambda x: 1 if x else 0,
        lambda x: x.item(),
        lambda x: x.tolist(),
        lambda x: x.astype(int),
        lambda x: math.exp(x[0, 0]),
        lambda x: x.__setitem__(0, 1.0),
        lambda x: np.zeros(3).__setitem__(slice(None), x[0]),
        lambda x: np.zeros(3).__setitem__(0, x[0, 0]),
    ],
)
def test_what_would_cut_the_graph_is_refused_and_says_what_to_write(detach):
    with pytest.raises(DetachError, match=r"x\.data|v\.data"):
        detach(x23())


def test_writing_into_an_array_says_what_joins_arrays():
    for write in (lambda x: x.__setitem__(0, 1.0), lambda x: np.zeros(3).__setitem__(slice(None), x[0])):
        with pytest.raises(DetachError, match=r"np\.stack, np\.concatenate or np\.where"):
            write(x23())


@pytest.mark.parametrize("kind", [Value, Array])
def test_each_method_is_called_what_it_is_found_under(kind):
    for name in ("__add__", "__lt__", "__float__", "exp", "relu", *(("sum",) if kind is Array else ())):
        assert getattr(kind, name).__qualname__ == f"{kind.__name__}.{name}"
        assert pydoc.render_doc(getattr(kind, name), renderer=pydoc.plaintext).splitlines()[2].startswith(f"{name}(")


def test_what_is_rarer_is_as_numpy_has_it():
    x, numbers = x23(), x23().data
    assert [at.tolist() for at in np.where(x)] == [at.tolist() for at in np.where(numbers)]
    for node, right in (
        (np.inner(x, 2.0), np.inner(numbers, 2.0)),
        (np.average(x, axis=0), np.average(numbers, axis=0)),
        ([1.0, -1.0] @ x, [1.0, -1.0] @ numbers),
        (x[:, :1].squeeze(), numbers[:, :1].squeeze()),
        (x.astype(float), numbers),
    ):
        np.testing.assert_allclose(node.data, right)


def test_what_is_no_array_or_has_other_weights_is_refused():
    with pytest.raises(NotANumberError, match="one axis or more"):
        Array(2.0)
    with pytest.raises(UnsupportedArgumentError, match="weights"):
        np.average(x23(), weights=np.ones(3))


def test_a_ragged_gradient_is_kept_for_the_comparison_to_refuse():
    x = x23()
    x.grad = [[1.0], [2.0, 3.0]]
    assert x.grad == [[1.0], [2.0, 3.0]]
