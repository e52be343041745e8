"""What a forward gets in place of an array: it behaves as NumPy's, and remembers."""

import copy
from importlib import import_module

import numpy as np
import pytest

from handgrad import gradients
from handgrad.adapters.numpy.blocks import tracing
from handgrad.adapters.numpy.box import Box, boxes_in, node_of, numbers, wrap
from handgrad.arrays import array

import_module("handgrad.adapters.numpy.functions")  # it gives boxes NumPy's functions
X = np.array([[0.5, -1.0], [2.0, 3.0]])


@pytest.fixture
def pair():
    node = array(X, "x")
    return wrap(X.copy(), node), node


def test_it_passes_for_an_array_or_a_number(pair):
    box, _ = pair
    assert isinstance(box, np.ndarray)
    assert isinstance(box.sum(), np.float64)
    assert (box.shape, box.dtype, len(box), box.T.shape) == ((2, 2), np.float64, 2, (2, 2))
    assert f"{box.sum():.1f}" == "4.5"
    assert repr(box) == repr(X)


def test_whole_numbers_and_truth_values_stay_what_they_are(pair):
    box, _ = pair
    assert type(box > 0) is np.ndarray
    assert type(box.argmax()) is np.int64
    assert type(wrap(np.arange(3))) is np.ndarray
    assert box.astype(int).dtype == int


@pytest.mark.parametrize(
    "run",
    [
        lambda x: (x * 2 + 1).sum(),
        lambda x: (3.0 - x).mean(axis=0)[1],
        lambda x: x.T.reshape(-1)[1:3].sum(),
        lambda x: np.exp(x).sum(axis=1, keepdims=True)[0, 0],
        lambda x: (x @ x).ravel()[2],
        lambda x: np.where(x > 0, x, 0.1 * x).sum(),
        lambda x: np.concatenate([x, x * x]).max(),
        lambda x: sum(row[0] for row in x),
        lambda x: copy.deepcopy(x).flatten()[3] * 2.0,
    ],
)
def test_it_computes_what_numpy_does_and_its_node_has_the_true_gradient(run, pair):
    box, node = pair
    with tracing() as trace:
        out = run(box)
    assert float(numbers(out)) == pytest.approx(float(run(X)))
    assert not trace.lost
    found = gradients(node_of(out)).get(node, np.zeros_like(X))
    for at in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[at] = 1e-6
        assert found[at] == pytest.approx(float(run(X + step) - run(X - step)) / 2e-6, abs=1e-6)


def test_what_is_written_through_a_view_is_seen_in_the_whole(pair):
    box, node = pair
    view = box[0]
    view[...] = box[1] * 2
    assert numbers(box).tolist() == [[4.0, 6.0], [2.0, 3.0]]
    assert gradients(node_of(box).sum())[node].tolist() == [[0.0, 0.0], [3.0, 3.0]]


def test_a_single_number_cannot_be_written_into(pair):
    with pytest.raises(TypeError, match="item assignment"):
        pair[0].sum()[0] = 1.0


def test_a_number_that_becomes_python_s_is_noted(pair):
    with tracing() as trace:
        assert float(pair[0].sum()) == 4.5
        assert pair[0].item(1) == pair[0].item(0, 1) == -1.0
    assert trace.lost.startswith("float(x), ")
    assert len(trace.taken) == 3


def test_boxes_are_found_in_collections(pair):
    box, _ = pair
    assert len(boxes_in([1, (box, {"a": box})])) == 2
    assert type(numbers([box, {"a": box}])[1]["a"]) is np.ndarray
    assert type(box) is Box
