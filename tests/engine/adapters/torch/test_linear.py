"""The edge of a linear map that can only be applied."""

from __future__ import annotations

import numpy as np

from handgrad import gradients
from handgrad.adapters.torch.linear import linear_edge
from handgrad.arrays import array
from handgrad.arrays.opaque import opaque, root_with_gradient

MATRIX = np.random.default_rng(0).normal(size=(3, 2))
UPSTREAM = np.array([1.0, -2.0, 0.5])


def mapped() -> tuple:
    x = array([0.3, -0.7], "x")
    edge = linear_edge(lambda g: g @ MATRIX, (3,))
    return x, edge, root_with_gradient(opaque("map", MATRIX @ x.data, [edge])(x), UPSTREAM)


def test_it_passes_back_what_the_map_gives() -> None:
    x, _, root = mapped()
    np.testing.assert_allclose(gradients(root)[x], UPSTREAM @ MATRIX)


def test_in_a_graph_of_gradients_it_is_an_operation_with_the_transpose_for_its_own() -> None:
    x, edge, _ = mapped()
    upstream, weights = array(UPSTREAM, "upstream"), np.array([2.0, -3.0])
    out = opaque("map", MATRIX @ x.data, [edge])(x)
    found = gradients((out * upstream).sum(), graph=True)[x]
    np.testing.assert_allclose(found.data, UPSTREAM @ MATRIX)
    np.testing.assert_allclose(gradients(root_with_gradient(found, weights))[upstream], MATRIX @ weights)


def test_the_sizes_of_what_it_adds_up_do_not_cancel() -> None:
    edge = linear_edge(lambda g: np.array([g.sum()]), (1000,))
    g = np.tile([1.0, -1.0], 500)
    assert edge.spread(g, 1.0)[0] == 0.0
    assert edge.sizes(g, 1.0)[0] == 1000.0
