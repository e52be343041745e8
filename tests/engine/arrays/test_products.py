"""Products of arrays, determinants and inverses, where they are singular too."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import gradcheck, gradients
from handgrad.arrays import array
from handgrad.arrays.products import dot, einsum, trace
from handgrad.errors import DomainError

from .samples import gradient


def test_the_determinant_of_a_singular_matrix_has_its_cofactors_as_slopes():
    x = array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(gradient(np.linalg.det(x), x), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-12)
    zeros = array(np.zeros((2, 3, 3)))
    assert not np.any(gradient(np.linalg.det(zeros).sum(), zeros))


def test_a_singular_matrix_and_a_norm_of_nothing_are_errors():
    with pytest.raises(DomainError, match="singular"):
        np.linalg.inv(array(np.ones((2, 2))))
    with pytest.raises(DomainError, match="'solve' has no finite value"):
        np.linalg.solve(array(np.ones((2, 2))), np.ones((2, 1)))
    with pytest.raises(DomainError, match="'norm' has no finite derivative"):
        gradients(np.linalg.norm(array(np.zeros(3)) * 1.0))
    with pytest.raises(DomainError, match="more than 1"):
        array([1.0]).var(ddof=1)


@pytest.mark.parametrize(
    ("shapes", "op"),
    [
        (((2, 3), (3, 2)), "@"),
        (((3,), (3,)), "@"),
        (((2, 3), ()), "*"),
        (((), (2,)), "*"),
        (((2, 3), (4, 3, 5)), "tensordot"),
    ],
)
def test_dot_is_a_product_of_matrices_of_numbers_or_over_the_last_axis(shapes, op):
    rng = np.random.default_rng(1)
    numbers = [rng.normal(size=shape) for shape in shapes]
    made = dot(*map(array, numbers))
    assert made.op.name == op
    np.testing.assert_allclose(made.data, np.dot(*numbers), rtol=1e-12)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", ((2, 3), (3, 4))),
        ("ij,jk", ((2, 3), (3, 4))),
        ("ji", ((2, 3),)),
        ("ii->i", ((3, 3),)),
        ("ii", ((3, 3),)),
        ("i j , j k -> k i", ((2, 3), (3, 4))),
        ("...j,jk->...k", ((5, 2, 3), (3, 4))),
        ("...,...", ((2, 3), (3,))),
        ("ij->", ((2, 3),)),
        ("ij,k->k", ((2, 3), (4,))),
        ("ij,ij,j->i", ((2, 3), (2, 3), (3,))),
    ],
)
def test_einsum_gives_numpys_numbers_and_a_rule_that_central_differences_measure(subscripts, shapes):
    rng = np.random.default_rng(1)
    numbers = [rng.normal(size=shape) for shape in shapes]
    np.testing.assert_allclose(
        einsum(subscripts, *map(array, numbers)).data, np.einsum(subscripts, *numbers), rtol=1e-12
    )
    assert gradcheck(lambda *arrays: einsum(subscripts, *arrays), *numbers).ok


@pytest.mark.parametrize(
    ("subscripts", "shapes", "said"),
    [
        ("ij,jk->ik", ((2, 3),), "'ij,jk->ik' is for 2 arrays, and 1 are given"),
        ("ijk", ((2, 3),), "'ijk' does not name the axes of an array with 2 of them"),
        ("i", ((2, 3),), "'i' does not name the axes of an array with 2 of them"),
        ("...ijk", ((2, 3),), "does not name the axes"),
    ],
)
def test_subscripts_that_do_not_fit_are_refused(subscripts, shapes, said):
    with pytest.raises(ValueError, match=said):
        einsum(subscripts, *[array(np.ones(shape)) for shape in shapes])


def test_tensordot_says_which_axes_do_not_go_together():
    with pytest.raises(ValueError, match=r"'tensordot' of .*1 axes of the first array go with 2 of the second\."):
        np.tensordot(array(np.ones((2, 3))), np.ones((2, 3)), axes=([0], [0, 1]))
    with pytest.raises(ValueError, match="axis 1 of the first array has length 3 and axis 0 of the second 2;"):
        np.tensordot(array(np.ones((2, 3))), np.ones((2, 3)), axes=1)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_the_trace_has_a_slope_of_1_on_its_diagonal(offset):
    x = array(np.arange(6.0).reshape(2, 3))
    made = trace((2, 3), offset)(x)
    assert made.data == np.trace(x.data, offset)
    assert gradients(made)[x].tolist() == np.eye(2, 3, offset).tolist()


def test_einsum_by_lists_of_axes_has_its_result_written_out_or_not():
    a, b = array(np.arange(6.0).reshape(2, 3)), array(np.arange(12.0).reshape(3, 4))
    for result in ([[0, 2]], []):
        made = einsum(a, [0, 1], b, [1, 2], *result)
        np.testing.assert_allclose(made.data, a.data @ b.data)
    np.testing.assert_allclose(einsum(a, [Ellipsis, 1], [1, Ellipsis]).data, a.data.T)


def test_a_singular_matrix_among_several_is_an_error_that_gives_the_shape_of_the_result():
    matrices = np.stack([np.eye(2), np.zeros((2, 2))])
    with pytest.raises(DomainError, match="'solve' has no finite value"):
        np.linalg.solve(array(matrices), np.ones((2, 2, 3)))
    with pytest.raises(DomainError, match="'inv' has no finite value"):
        np.linalg.inv(array(matrices))


def test_dot_of_a_matrix_and_a_batch_sums_over_the_last_axis_and_the_last_but_one():
    rng = np.random.default_rng(1)
    for shapes in (((2, 3), (4, 3, 5)), ((4, 2, 3), (3, 5)), ((4, 2, 3), (3,)), ((3,), (4, 3, 5))):
        numbers = [rng.normal(size=shape) for shape in shapes]
        np.testing.assert_allclose(dot(*map(array, numbers)).data, np.dot(*numbers), rtol=1e-12)
