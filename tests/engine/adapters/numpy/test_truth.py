"""The true gradients of a traced graph, and what follows from numbers of theirs."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy.truth import Chain
from handgrad.arrays import array
from handgrad.arrays.making import matrix_edge, opaque

X = np.array([[0.5, -1.0], [2.0, 0.0]])


@pytest.fixture
def graph():
    x = array(X, "x")
    h = x * 3.0
    root = (h * h).sum() + h.sum()
    return Chain(root), x, h, root


def test_the_truth_has_the_shape_of_each_node(graph):
    chain, x, h, root = graph
    np.testing.assert_allclose(chain.truth[h], 2 * 3 * X + 1)
    np.testing.assert_allclose(chain.truth[x], 3 * (6 * X + 1))
    assert chain.truth[root] == 1.0


def test_numbers_that_are_given_are_passed_on_in_place_of_what_arrives(graph):
    chain, x, h, _ = graph
    found = chain.recompute({h: np.ones(4)})
    np.testing.assert_allclose(found[x], np.full((2, 2), 3.0))
    np.testing.assert_allclose(found[h], chain.truth[h])


def test_along_one_direction_it_shows_which_gradient_may_follow_from_which_number(graph):
    chain, x, h, _ = graph
    off = np.array([[0.3, -0.2], [0.1, 0.5]])
    may_follow = chain.look_along(x, chain.truth[x] + 3.0 * off, 1e-4)
    assert may_follow(h, chain.truth[h] + off)
    assert not may_follow(h, chain.truth[h] + 1.1 * off)
    assert not may_follow(x, chain.truth[x] + off)


def test_from_numbers_that_are_as_good_as_0_nothing_follows():
    x = array(X, "x")
    h = x * 3.0
    chain = Chain((h * h).sum() + (x * x).sum())
    may_follow = chain.look_along(x, chain.truth[x] - 3.0 * chain.truth[h], 1e-4)
    assert may_follow(h, np.zeros((2, 2)))
    assert not may_follow(h, np.full((2, 2), 1e-9))


def test_where_a_step_is_measured_any_gradient_may_follow():
    x = array(X, "x")
    h = opaque("h", 3.0 * X, [matrix_edge(3.0 * np.eye(4), X.shape)])(x)
    chain = Chain((h * h).sum())
    assert chain.look_along(x, chain.truth[x] + 1.0, 1e-4)(h, np.ones((2, 2)))


def test_below_a_node_is_what_it_is_computed_from(graph):
    chain, x, h, root = graph
    assert chain.below(h) == [h, x]
    assert {x, h} < set(chain.below(root))


def test_each_use_of_a_node_passes_a_part(graph):
    chain, _, h, _ = graph
    parts = chain.contributions(h)
    assert any(np.allclose(part, 1.0) for part in parts)
    assert any(np.allclose(part, 3 * X) for part in parts)
    assert any(np.allclose(part, 6 * X) for part in parts)


def test_ties_are_where_more_than_one_slope_is_right():
    x = array(X, "x")
    assert Chain(np.maximum(x, 0.0).sum()).ties(x).tolist() == [[False, False], [False, True]]
    y = array([[1.0, 1.0, 0.0], [3.0, 2.0, 1.0]])
    assert Chain(y.max(axis=1).sum()).ties(y).tolist() == [[True, True, False], [False, False, False]]
    assert Chain(abs(x).sum()).ties(x).tolist() == (X == 0.0).tolist()
    assert Chain((x * x).sum()).ties(x) is None


def test_a_maximum_that_passes_nothing_back_leaves_no_slope_open():
    def forward(h):
        e = np.exp(h - h.max())
        return ((e / e.sum() - np.eye(4)[1]) ** 2).sum()

    def backward(h):
        return {"h": 7.0 * (0.25 - np.eye(4)[1])}

    assert not check_backward(forward, backward, {"h": np.zeros(4)}, quick=True).ok
