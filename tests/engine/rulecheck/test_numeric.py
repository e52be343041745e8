"""Central differences: an oracle that must itself be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import HandgradError, Value, compare, gradients, manual, numeric_gradients
from handgrad.arrays import array
from handgrad.errors import NotOneNumberError
from tests.graphs import random_graph


@pytest.mark.parametrize("seed", range(25))
def test_numeric_gradients_agree_with_autodiff_at_every_node(seed: int) -> None:
    root = random_graph(seed, steps=18)
    assert dict(numeric_gradients(root)) == pytest.approx(gradients(root), rel=1e-6, abs=1e-8)


def test_numeric_gradients_write_nothing_and_move_constants_too() -> None:
    x = Value(1.5, "x")
    root = x * 4.0
    found = numeric_gradients(root)
    assert found[root.operands[1]] == pytest.approx(1.5)
    assert (x.grad, x.data, root.grad) == (0.0, 1.5, 0.0)


def test_an_array_is_moved_entry_by_entry_and_its_noise_has_its_shape() -> None:
    x, w = array([[1.0, -2.0], [0.5, 3.0]], label="x"), array([0.3, 0.7], label="w")
    h = np.tanh(x @ w)
    root = (h * h).sum() * x[0, 1]
    found, expected = numeric_gradients(root), gradients(root)
    for node in (x, w, h):
        assert found[node].shape == found.noise[node].shape == node.shape
        np.testing.assert_allclose(found[node], expected[node], rtol=1e-7, atol=1e-9)
        assert (np.abs(found[node] - expected[node]) <= found.noise[node] + 1e-12).all()


def test_compare_takes_them_as_the_reference_of_arrays() -> None:
    with manual():
        x = array([[1.0, -2.0], [0.5, 3.0]], label="x")
        root = np.exp(x * 0.5).sum()
    reference = numeric_gradients(root)
    x.grad, root.grad = 0.5 * np.exp(0.5 * x.data), 1.0
    assert compare(root, nodes=[x], reference=reference).ok
    x.grad = np.exp(0.5 * x.data)
    assert [cause.node for cause in compare(root, nodes=[x], reference=reference).causes] == [x]


def test_a_mask_moves_nothing_and_a_constant_array_is_not_moved() -> None:
    x = array([1.0, 2.0, 3.0], label="x")
    masked = np.where([True, False, True], x, -np.inf)
    root = (masked.softmax() * np.array([1.0, 2.0, 3.0])).sum()
    found = numeric_gradients(root)
    assert found[masked][1] == 0.0
    np.testing.assert_allclose(found[x], gradients(root)[x], rtol=1e-7, atol=1e-10)
    weights = next(node for node in found if node.shape and node.is_constant and node.data[-1] == 3.0)
    assert not found[weights].any()


def test_an_array_as_root_is_refused() -> None:
    with pytest.raises(NotOneNumberError):
        numeric_gradients(array([1.0, 2.0]) * 2.0)


def test_an_entry_at_the_edge_of_its_domain_is_an_error_that_names_the_array() -> None:
    with pytest.raises(HandgradError, match=r"'central differences' has no value on both sides.*x"):
        numeric_gradients(np.sqrt(array([1.0, 0.0], label="x")).sum())


def test_a_constant_that_cannot_be_moved_counts_as_zero() -> None:
    root = Value(-3.0) ** 2
    assert numeric_gradients(root)[root.operands[1]] == 0.0


def test_a_node_at_the_edge_of_its_domain_is_an_error_that_names_it() -> None:
    with pytest.raises(HandgradError, match="no value on both sides"):
        numeric_gradients(Value(0.0, "x").sqrt())


def test_a_stale_graph_is_refused() -> None:
    x = Value(1.0)
    root = x * 3.0
    x.data = 2.0
    with pytest.raises(HandgradError, match="stale"):
        numeric_gradients(root)
