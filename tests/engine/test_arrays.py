"""Arrays of Values: names, nodes of their own, numpy's idioms, and gradients in one piece."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import handgrad
from handgrad import HandgradError, Value, compare, manual
from handgrad.arrays import Array, ArrayShapeError, SharedNodesError, array, fill, grads, label
from handgrad.arraywise.compare import UnusedLabelError
from handgrad.errors import NotANumberError, NotFiniteError, UnsupportedFunctionError


def test_an_array_holds_leaves_that_are_called_by_their_index():
    W1 = array(np.arange(6.0).reshape(2, 3), label="W1")
    assert W1.shape == (2, 3)
    assert W1.dtype == object
    assert W1[1, 2].label == "W1[1, 2]"
    assert W1[1, 2].data == 5.0
    assert all(node.is_leaf for node in W1.ravel())


def test_an_array_in_manual_mode_waits_for_its_gradients():
    with manual():
        x = array([1.0, 2.0], label="x")
    assert np.isnan(grads(x)).all()
    assert x[0].is_manual


@pytest.mark.parametrize("bad", [[1.0, "a"], [True, False], [1.0 + 2.0j]])
def test_an_array_of_what_is_no_number_is_refused(bad):
    with pytest.raises(NotANumberError):
        array(bad, label="x")


def test_an_array_with_nan_is_refused():
    with pytest.raises(NotFiniteError):
        array([1.0, np.nan])


def test_a_label_that_is_no_text_is_refused():
    with pytest.raises(NotANumberError):
        array([1.0], label=3)


def test_label_names_the_nodes_that_an_operation_has_just_made():
    x = array([1.0, 2.0], label="x")
    y = x * 2
    nodes = list(y)
    named = label(y, "y")
    assert named is y
    assert list(named) == nodes
    assert named[1].label == "y[1]"


def test_engine_label_takes_an_array_and_a_name_too():
    y = handgrad.label(array([1.0, 2.0]) * 2, "y")
    assert y[0].label == "y[0]"


@pytest.mark.parametrize(
    "take",
    [
        lambda C: C[[0, 1, 0]],
        lambda C: C.reshape(-1),
        lambda C: C.view(4, 1),
        lambda C: C.T,
        lambda C: C[0],
        lambda C: C.copy(),
        lambda C: C,
        lambda C: np.concatenate([C, C]),
        lambda C: np.asarray(C).reshape(-1),
        lambda C: np.asarray(C).max(1, keepdims=True),
    ],
)
def test_labelling_nodes_that_have_a_name_gives_nodes_of_its_own_and_steals_nothing(take):
    C = array([[1.0, 2.0], [3.0, 4.0]], label="C")
    before = C.ravel().tolist()
    emb = label(take(C), "emb")
    assert C.ravel().tolist() == before
    assert [node.label for node in before] == ["C[0, 0]", "C[0, 1]", "C[1, 0]", "C[1, 1]"]
    assert all(node.label.startswith("emb[") for node in emb.ravel())
    assert len(set(emb.ravel().tolist())) == emb.size
    assert set(emb.ravel().tolist()).isdisjoint(before)


def test_labelling_without_keeping_the_result_is_right_where_the_memory_is_the_arrays_own():
    C = array([[1.0], [2.0]], label="C")
    emb = C[[0, 1, 0]]
    label(emb, "emb")
    embcat = emb.reshape(-1)
    label(embcat, "embcat")
    assert emb[0, 0].label == "emb[0, 0]"
    assert embcat[2].label == "embcat[2]"
    assert C[0, 0].label == "C[0, 0]"
    assert [a.name for a in compare((embcat * 2).sum()).arrays] == ["embcat", "emb", "C"]


def test_labelling_an_array_again_by_its_own_name_changes_nothing():
    x = array([1.0, 2.0], label="x")
    nodes = list(x)
    assert label(x, "x") is x
    assert list(x) == nodes


def test_an_array_labelled_after_its_use_is_refused_by_compare_and_not_judged_past():
    C = array([[1.0], [2.0]], label="C")
    emb = C[[0, 1, 0]]
    loss = (emb * emb).sum()
    label(emb, "emb")
    with pytest.raises(UnusedLabelError, match="before emb is used"):
        compare(loss)


def test_a_thrown_away_copy_is_refused_by_compare():
    C = array([[1.0, 2.0]], label="C")
    label(C, "other")
    with pytest.raises(UnusedLabelError, match="other = label"):
        compare((C * C).sum())


def test_a_second_graph_of_the_same_parameters_is_no_thrown_away_copy():
    W = array([[1.0, 2.0]], label="W")
    for _ in range(2):
        flat = label(W[0] * 1.0, "flat")
        taken = label(W.T, "taken")
        loss = (flat * taken[:, 0]).sum()
        assert compare(loss).arrays
    assert len(compare((W * 3.0).sum()).arrays) == 1


def test_label_of_something_without_values_is_refused():
    with pytest.raises(NotANumberError, match="Give Values"):
        label(np.zeros(3), "x")


def test_max_is_a_node_of_its_own_whose_gradient_goes_to_the_first_of_equal_entries():
    x = array([[1.0, 5.0, 5.0], [2.0, 0.0, 1.0]], label="x")
    largest = x.max(1, keepdims=True)
    assert largest.shape == (2, 1)
    assert {node.op.name for node in largest.ravel()} == {"max"}
    largest.sum().backward()
    assert grads(x).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


@given(st.integers(0, 2), st.booleans())
def test_max_and_min_have_numpys_shapes_and_numbers(axis, keepdims):
    numbers = np.random.default_rng(0).normal(size=(2, 3, 4))
    x = array(numbers)
    for name in ("max", "min"):
        ours = getattr(x, name)(axis, keepdims=keepdims)
        theirs = getattr(numbers, name)(axis, keepdims=keepdims)
        assert ours.shape == theirs.shape
        assert np.vectorize(lambda v: v.data)(ours).tolist() == theirs.tolist()
    assert x.max().data == numbers.max()
    assert np.max(x, axis=(0, 2)).shape == (3,)


def test_max_of_nothing_is_refused():
    with pytest.raises(ValueError, match="without entries"):
        array(np.zeros((0, 3))).max(0)


IDIOMS = {
    "a @ b": lambda a, b: a @ b,
    "a @ b + row": lambda a, b: a @ b + np.arange(3.0),
    "sum, keepdims": lambda a, b: 1 / 3 * (a * a).sum(0, keepdims=True) + b[0, 0],
    "mean": lambda a, b: a.mean(0, keepdims=True) - b.mean(),
    "power": lambda a, b: (a**2 + 1e-5) ** -0.5 * b.sum(),
    "functions": lambda a, b: np.tanh(a).sum() + np.exp(b) + np.log(b**2 + 1.0),
    "fancy index": lambda a, b: a[np.array([[0, 1], [1, 1]])] * b[0, 0],
    "pick": lambda a, b: -a[range(2), [2, 0]].mean() * b.sum(),
    "views": lambda a, b: a.T.reshape(2, 3) * b.view(3, 3)[:2] + a.swapaxes(0, 1).reshape(2, -1),
    "maximum": lambda a, b: np.maximum(a, 0.1) - b.max(1, keepdims=True)[:2],
    "scalars": lambda a, b: np.float64(2.0) * a - (3 - a) / 2 + Value(2.0) * b[:2],
}


@pytest.mark.parametrize("name", IDIOMS)
def test_numpys_idioms_give_what_numpy_gives(name):
    rng = np.random.default_rng(1)
    p, q = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    if name == "scalars":
        expected = 2.0 * p - (3 - p) / 2 + 2.0 * q[:2]
    elif name == "views":
        expected = p.T.reshape(2, 3) * q[:2] + p.swapaxes(0, 1).reshape(2, -1)
    else:
        expected = IDIOMS[name](p, q)
    made = IDIOMS[name](array(p, label="a"), array(q, label="b"))
    found = np.vectorize(lambda v: v.data)(made)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert isinstance(made, (Array, Value))


def test_a_function_that_would_cut_the_graph_is_refused():
    with pytest.raises(UnsupportedFunctionError):
        np.sign(array([1.0, -2.0]))
    with pytest.raises(UnsupportedFunctionError):
        np.logaddexp.reduce(array([1.0, -2.0]))


def test_writing_into_a_slice_does_not_change_the_array():
    x = array([[1.0, 2.0]], label="x")
    row = x[0]
    row[0] = Value(9.0)
    assert x[0, 0].data == 1.0


def test_fill_and_grads_are_each_others_inverse():
    x = array(np.zeros((2, 3)), label="x")
    given_ = np.random.default_rng(0).normal(size=(2, 3))
    fill(x, given_)
    assert grads(x).tolist() == given_.tolist()
    assert type(x[0, 0].grad) is float


@pytest.mark.parametrize(
    ("shape", "given_shape", "said"),
    [
        ((30, 64), (64, 30), "That is the transpose"),
        ((1, 64), (64,), "keepdims=True"),
        ((1, 64), (32, 64), "summed backward"),
        ((3,), (), "summed backward"),
    ],
)
def test_fill_refuses_another_shape_and_says_both(shape, given_shape, said):
    x = array(np.zeros(shape), label="W1")
    with pytest.raises(ArrayShapeError, match=said) as caught:
        fill(x, np.zeros(given_shape))
    assert f"W1 has shape {shape}" in str(caught.value)
    assert str(given_shape) in str(caught.value)
    assert not grads(x).any()


def test_fill_refuses_what_is_no_number_and_what_is_no_value():
    x = array([1.0, 2.0], label="x")
    for bad in (x, ["a", "b"], [True, False], [None, 1.0]):
        with pytest.raises(NotANumberError):
            fill(x, bad)
    with pytest.raises(NotANumberError):
        fill(np.zeros(2), np.zeros(2))


def test_fill_refuses_an_array_that_holds_a_node_twice():
    C = array([1.0, 2.0], label="C")
    with pytest.raises(SharedNodesError, match=r"C\[0\] 2 times"):
        fill(C[[0, 1, 0]], np.zeros(3))


def test_grads_of_what_is_no_number_are_nan():
    x = array([1.0, 2.0, 3.0])
    x[0].grad, x[1].grad, x[2].grad = None, "a", 2
    assert np.isnan(grads(x)[:2]).all()
    assert grads(x)[2] == 2.0


def test_a_copied_or_unpickled_node_keeps_its_name_and_belongs_to_no_array():
    x = array([1.0], label="x")
    for other in (copy.deepcopy(x[0]), pickle.loads(pickle.dumps(x[0].label))):
        text = other if isinstance(other, str) else other.label
        assert text == "x[0]"
        assert type(text) is str


def test_every_error_of_arrays_is_a_handgrad_error():
    assert all(issubclass(kind, HandgradError) for kind in (ArrayShapeError, SharedNodesError, UnusedLabelError))
