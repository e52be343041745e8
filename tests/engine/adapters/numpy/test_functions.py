"""What NumPy's functions do with traced arrays."""

from importlib import import_module

import numpy as np
import pytest

from handgrad import gradients
from handgrad.adapters.numpy.blocks import tracing
from handgrad.adapters.numpy.box import node_of, numbers, wrap
from handgrad.arrays import array

import_module("handgrad.adapters.numpy.functions")  # it gives boxes NumPy's functions
X = np.array([[0.5, -1.0], [2.0, 3.0]])
OTHER = np.array([[1], [0]])
G = np.array([[1.0, 10.0], [100.0, 1000.0]])


@pytest.fixture
def pair():
    node = array(X, "x")
    return wrap(X.copy(), node), node


def passed_back(out, node):
    return gradients((node_of(out) * G).sum())[node]


def test_out_is_written_into(pair):
    box, node = pair
    target = wrap(np.zeros((2, 2)))
    assert np.multiply(box, 3.0, out=target) is target
    assert numbers(target).tolist() == (3 * X).tolist()
    assert passed_back(target, node).tolist() == (3 * G).tolist()


def test_out_may_be_a_part_of_an_array_and_the_rest_is_as_it_was(pair):
    box, node = pair
    target = wrap(np.full(X.shape, 3.0))
    np.exp(box[:1], out=target[:1])
    product = target * box
    kept = np.vstack([np.exp(X[:1]), np.full((1, 2), 3.0)])
    np.testing.assert_allclose(numbers(target), kept)
    slopes = np.vstack([np.exp(X[:1]) * (1.0 + X[:1]), np.full((1, 2), 3.0)])
    np.testing.assert_allclose(passed_back(product, node), G * slopes)


def test_where_leaves_the_rest_as_it_was(pair):
    box, node = pair
    target = wrap(np.full((2, 2), 7.0))
    np.multiply(box, 3.0, out=target, where=X > 0)
    assert numbers(target).tolist() == [[1.5, 7.0], [6.0, 9.0]]
    assert passed_back(target, node).tolist() == [[3.0, 0.0], [300.0, 3000.0]]


def test_add_at_counts_an_index_twice_and_another_operation_is_lost(pair):
    box, node = pair
    target = wrap(np.zeros((2, 2)))
    np.add.at(target, [0, 0], box)
    assert numbers(target).tolist() == [[2.5, 2.0], [0.0, 0.0]]
    assert passed_back(target, node).tolist() == [[1.0, 10.0], [1.0, 10.0]]
    with tracing() as trace:
        np.multiply.at(target, [0], box[:1])
    assert trace.lost.startswith("np.multiply.at, ")


def test_copyto_writes(pair):
    box, node = pair
    target = wrap(np.zeros((2, 2)))
    np.copyto(target, box, where=X > 0)
    assert passed_back(target, node).tolist() == [[1.0, 0.0], [100.0, 1000.0]]


@pytest.mark.parametrize(
    ("write", "slopes"),
    [
        (lambda target, box: np.put_along_axis(target, OTHER, box[:, :1], axis=1), [[10.0, 0], [100, 0]]),
        (lambda target, box: np.put(target, [3, 0], box[0]), [[1000.0, 1.0], [0, 0]]),
        (lambda target, box: np.place(target, X > 0, box[1]), [[0, 0], [1001.0, 100.0]]),
        (lambda target, box: np.putmask(target, X > 0, box), [[1.0, 0], [100.0, 1000.0]]),
        (lambda target, box: np.fill_diagonal(target, box[0, 1]), [[0, 1001.0], [0, 0]]),
        (lambda target, box: np.put_along_axis(target, OTHER, 2.0, axis=1), [[0, 0], [0, 0]]),
    ],
)
def test_what_a_function_writes_is_followed_to_where_it_stands(pair, write, slopes):
    box, node = pair
    target, plain = wrap(np.zeros((2, 2))) + 0.0 * box, np.zeros((2, 2))
    write(target, box)
    write(plain, X)
    assert numbers(target).tolist() == plain.tolist()
    assert passed_back(target, node).tolist() == slopes


def test_a_comparison_has_no_node_and_a_function_without_a_rule_is_lost(pair):
    box, _ = pair
    assert type(np.less(box, 0.0)) is np.ndarray
    with tracing() as trace:
        out = np.linalg.eigh(box)[0]
    assert node_of(out) is None
    assert trace.lost.startswith("np.eigh, ")


def test_padding_with_zeros_is_followed(pair):
    box, node = pair
    out = np.pad(box, ((0, 1), (0, 1)), mode="constant", constant_values=(0, 0))
    assert numbers(out).shape == (3, 3)
    assert gradients(node_of(out).sum())[node].tolist() == [[1.0, 1.0], [1.0, 1.0]]
