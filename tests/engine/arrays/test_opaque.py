"""Nodes of ours for what is known of theirs."""

import numpy as np

from handgrad import gradients
from handgrad.arrays import array
from handgrad.arrays.making import matrix_edge, opaque
from handgrad.gradients import root_with_gradient

JACOBIAN = np.arange(12.0).reshape(6, 2)


def test_an_opaque_operation_has_the_result_and_passes_back_by_its_edges():
    x = array([0.5, -1.0], "x")
    out = opaque("theirs", np.ones((2, 3)), [matrix_edge(JACOBIAN, (2,))])(x)
    upstream = np.arange(6.0).reshape(2, 3)
    root = root_with_gradient(out, upstream)
    assert out.op.name == "theirs"
    assert root.data == upstream.sum()
    np.testing.assert_allclose(gradients(root)[x], upstream.ravel() @ JACOBIAN)


def test_a_matrix_of_one_row_goes_from_one_number_to_an_array():
    x = array([[0.5], [-1.0]], "x")
    out = opaque("theirs", np.asarray(3.0), [matrix_edge([4.0, 5.0], (2, 1))])(x)
    np.testing.assert_allclose(gradients(root_with_gradient(out, 2.0))[x], [[8.0], [10.0]])


def test_a_matrix_of_one_column_comes_from_one_number():
    x = array(0.5, "x")
    out = opaque("theirs", np.ones(2), [matrix_edge([[4.0], [5.0]], ())])(x)
    assert gradients(root_with_gradient(out, [1.0, 2.0]))[x] == 14.0


def test_a_weighted_root_gives_a_node_the_gradient():
    for data, upstream in ((3.0, -2.0), ([1.0, 2.0], np.array([0.5, -4.0]))):
        node = array(data) * 1.0
        np.testing.assert_allclose(gradients(root_with_gradient(node, upstream))[node], upstream)
