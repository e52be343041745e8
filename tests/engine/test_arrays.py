"""Arrays as nodes: what they are, NumPy's idioms and functions on them, their edges, and what is refused."""

from __future__ import annotations

import copy
import math
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import handgrad
from handgrad import HandgradError, Value, gradients, manual, op
from handgrad.arrays import Array, array, fill, grads, label
from handgrad.arrays.refusals import OperandIndexError, OperandShapeError, UnsupportedArgumentError
from handgrad.arrays.ufuncs import UFUNCS
from handgrad.errors import (
    DetachError,
    DomainError,
    NotANumberError,
    NotFiniteError,
    NotOneNumberError,
    UnfilledError,
    UnsupportedFunctionError,
)
from handgrad.graph import topological_order


def x23(label: str = "x") -> Array:
    return array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], label=label)


def gradient(loss, node):
    """The gradient as nested lists."""
    return np.asarray(gradients(loss)[node]).tolist()


class TestNodes:
    def test_an_array_is_one_leaf_that_holds_floats(self):
        W1 = array(np.arange(6).reshape(2, 3), label="W1")
        assert (W1.shape, W1.ndim, W1.size, W1.dtype, len(W1)) == ((2, 3), 2, 6, np.float64, 2)
        assert W1.is_leaf
        assert W1.label == "W1"
        assert topological_order(W1) == [W1]

    def test_every_result_is_a_node_of_its_own_and_of_shape_none_a_value(self):
        x = x23()
        for made in (x + 1, x.T, x[0], x.reshape(2, 3), x.copy(), x.view(6), np.tanh(x)):
            assert isinstance(made, Array)
            assert made is not x
            assert made.operands[0] is x
        for made in (x.sum(), x[0, 1], x.mean(), x[0] @ x[1], np.max(x)):
            assert type(made) is Value
            assert made.operands

    def test_its_data_are_a_copy_of_the_numbers_given(self):
        numbers = np.ones(3)
        x = array(numbers)
        y = x + numbers
        numbers[0] = 9.0
        assert x.data.tolist() == [1.0, 1.0, 1.0]
        assert y.operands[1].data.tolist() == [1.0, 1.0, 1.0]

    def test_an_index_is_a_copy_of_the_one_given(self):
        index = np.array([0, 1])
        x = array([1.0, 2.0, 3.0])
        y = (x[index] * np.array([1.0, 10.0])).sum()
        index[:] = 2
        assert gradient(y, x) == [1.0, 10.0, 0.0]

    def test_one_number_is_a_value_and_a_node_is_given_back(self):
        assert type(array(2.0, "a")) is Value
        x = x23()
        assert array(x) is x

    def test_nodes_in_a_list_are_gathered_and_the_result_is_computed_from_them(self):
        a, b = Value(2.0, "a"), Value(3.0, "b")
        x = array([[a, 1.0], [b, a]], label="x")
        assert x.data.tolist() == [[2.0, 1.0], [3.0, 2.0]]
        loss = (x * np.array([[1.0, 2.0], [3.0, 4.0]])).sum()
        assert (gradients(loss)[a], gradients(loss)[b]) == (5.0, 3.0)

    def test_rows_in_a_list_are_stacked(self):
        x = x23()
        y = array([x[1], x[0] * 2.0], label="y")
        assert y.data.tolist() == [[0.5, 4.0, -1.0], [2.0, -4.0, 6.0]]
        assert y.label == "y"
        assert gradient(y.sum(), x) == [[2.0] * 3, [1.0] * 3]

    @pytest.mark.parametrize("bad", [[1.0, "a"], [True, False], [1.0 + 2.0j], [None, 1.0], "abc"])
    def test_what_is_no_number_is_refused(self, bad):
        with pytest.raises(NotANumberError):
            array(bad, label="x")

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_a_leaf_of_what_is_not_finite_is_refused(self, bad):
        with pytest.raises(NotFiniteError):
            array([1.0, bad])

    def test_a_label_that_is_no_text_is_refused(self):
        with pytest.raises(NotANumberError):
            array([1.0], label=3)

    def test_lists_of_different_lengths_are_refused(self):
        with pytest.raises(ValueError, match="inhomogeneous"):
            array([[1.0], [1.0, 2.0]])

    def test_new_data_take_the_same_shape_and_finite_numbers(self):
        x = x23()
        x.data = x.data - 1.0
        x.data -= 1.0
        assert x.data[0].tolist() == [-1.0, -4.0, 1.0]
        with pytest.raises(OperandShapeError, match=r"x \(2, 3\).*shape \(3,\)"):
            x.data = np.ones(3)
        with pytest.raises(NotFiniteError):
            x.data = np.full((2, 3), np.nan)

    def test_equality_with_numbers_compares_data_and_with_a_node_asks_whether_it_is_that(self):
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

    def test_comparisons_are_plain_arrays_of_the_data(self):
        x = x23()
        for mask in (x > 0.0, np.greater(x, 0.0), np.less(0.0, x), x.data > 0.0, np.zeros((2, 3)) < x):
            assert type(mask) is np.ndarray
            assert mask.tolist() == [[True, False, True], [True, True, False]]
        assert (x <= x.max(1, keepdims=True)).all()
        assert (Value(0.0) < x).sum() == 4
        assert np.isfinite(x).all()
        assert not np.isnan(x).any()
        assert np.logical_not(x > 0.0).sum() == 2

    def test_a_copied_or_unpickled_leaf_keeps_its_numbers_and_its_name(self):
        x = x23()
        x.grad = np.ones((2, 3))
        for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
            assert other is not x
            assert (other.label, other.data.tolist(), other.grad.tolist()) == ("x", x.data.tolist(), x.grad.tolist())

    def test_it_is_iterated_row_by_row(self):
        x = x23()
        assert [row.data.tolist() for row in x] == x.data.tolist()
        assert sum(x).data.tolist() == [1.5, 2.0, 2.0]

    def test_it_shows_its_shape_and_its_name(self):
        assert repr(x23()) == f"{x23()}" == "Array(shape=(2, 3), grad=None, label='x')"

    def test_its_shape_needs_no_long_list_where_an_axis_is_empty(self):
        x = array(np.zeros((0, 3)), label="x")
        loss = (x @ np.ones((3, 2))).sum() + x.sum(0).sum() + np.concatenate([x, x]).prod()
        assert loss.data == 1.0
        assert gradients(loss)[x].shape == (0, 3)


class TestLabels:
    def test_a_name_is_given_before_or_after_use_and_the_node_comes_back(self):
        x = x23()
        h = x * 2.0
        loss = h.sum()
        assert label(h, "h") is h
        assert handgrad.label(x, "x2") is x
        assert (h.label, x.label) == ("h", "x2")
        assert loss.operands[0].label == "h"

    @pytest.mark.parametrize(
        "take",
        [
            lambda C: C[[0, 1, 0]],
            lambda C: C.reshape(-1),
            lambda C: C.view(4, 1),
            lambda C: C.T,
            lambda C: C[:],
            lambda C: C.copy(),
            lambda C: np.concatenate([C, C]),
            lambda C: np.reshape(C, C.shape),
            lambda C: np.squeeze(C),
            lambda C: np.copy(C),
        ],
    )
    def test_the_label_of_what_is_taken_of_an_array_leaves_the_arrays_own(self, take):
        C = array([[1.0, 2.0], [3.0, 4.0]], label="C")
        emb = label(take(C), "emb")
        assert (C.label, emb.label) == ("C", "emb")
        assert emb.operands[0] is C

    def test_label_of_plain_numbers_is_refused(self):
        with pytest.raises(NotANumberError, match="Give nodes"):
            label(np.zeros(3), "x")


class TestGrads:
    def test_a_gradient_is_none_until_somebody_fills_it_in_or_backward_reaches_it(self):
        x, y = x23(), x23("y")
        assert x.grad is None
        (x * 2.0).sum().backward()
        assert x.grad.tolist() == [[2.0] * 3] * 2
        assert y.grad is None
        with pytest.raises(UnfilledError, match="node y has no gradient yet"):
            grads(y)

    def test_backward_adds_up_and_zero_grad_starts_anew(self):
        x = x23()
        loss = x.sum()
        loss.backward()
        loss.backward()
        assert x.grad.tolist() == [[2.0] * 3] * 2
        handgrad.zero_grad(loss)
        assert x.grad is None

    def test_fill_and_assignment_do_the_same_and_keep_a_copy(self):
        x = x23()
        written = np.random.default_rng(0).normal(size=(2, 3))
        kept = written.copy()
        fill(x, written)
        written[:] = 0.0
        assert grads(x).tolist() == kept.tolist()
        x.grad = [[1, 2, 3], [4, 5, 6]]
        assert grads(x).dtype == np.float64

    def test_one_number_is_filled_in_as_a_float(self):
        v = Value(1.0, "v")
        for given_ in (2.0, np.array(2.0)):
            fill(v, given_)
            assert (v.grad, type(v.grad), grads(v)) == (2.0, float, 2.0)
        fill(v, [1.0, 2.0])
        assert v.grad == [1.0, 2.0]

    def test_a_wrong_shape_is_written_down_for_compare_to_judge(self):
        x = x23()
        fill(x, np.zeros((3, 2)))
        assert x.grad.shape == (3, 2)

    def test_an_object_array_of_values_is_filled_in_its_own_shape(self):
        values = np.array([Value(1.0), Value(2.0)])
        fill(values, [3.0, 4.0])
        assert grads(values).tolist() == [3.0, 4.0]
        with pytest.raises(OperandShapeError, match=r"\(2,\).*\(3,\)"):
            fill(values, np.zeros(3))

    def test_fill_refuses_what_holds_no_nodes_and_grads_what_is_no_number(self):
        with pytest.raises(NotANumberError):
            fill(np.zeros(2), np.zeros(2))
        with pytest.raises(NotANumberError):
            grads(np.zeros(2))
        x = array([1.0, 2.0], label="x")
        x.grad = ["a", "b"]
        with pytest.raises(NotANumberError, match=r"grads\(x\)"):
            grads(x)

    def test_in_manual_mode_backward_is_refused(self):
        with manual():
            loss = x23().sum()
        with pytest.raises(handgrad.ManualModeError):
            loss.backward()

    def test_backward_starts_at_one_number(self):
        with pytest.raises(NotOneNumberError, match=r"x has shape \(2, 3\)"):
            x23().backward()


IDIOMS = {
    "a @ b": lambda a, b: a @ b,
    "a @ b + row": lambda a, b: a @ b + np.arange(3.0),
    "sum, keepdims": lambda a, b: 1 / 3 * (a * a).sum(0, keepdims=True) + b[0, 0],
    "mean": lambda a, b: a.mean(0, keepdims=True) - b.mean(),
    "power": lambda a, b: (a**2 + 1e-5) ** -0.5 * b.sum(),
    "two to the": lambda a, b: 2**a + np.float64(2.0) ** a,
    "functions": lambda a, b: np.tanh(a).sum() + np.exp(b) + np.log(b**2 + 1.0),
    "fancy index": lambda a, b: a[np.array([[0, 1], [1, 1]])] * b[0, 0],
    "pick": lambda a, b: -a[range(2), [2, 0]].mean() * b.sum(),
    "views": lambda a, b: a.T.reshape(2, 3) * b.reshape(3, 3)[:2] + a.swapaxes(0, 1).reshape(2, -1),
    "maximum": lambda a, b: np.maximum(a, 0.1) - b.max(1, keepdims=True)[:2],
    "scalars": lambda a, b: np.float64(2.0) * a - (3 - a) / 2 + np.array(2.0) * b[:2],
    "arrays on the left": lambda a, b: np.ones((2, 3)) @ b + np.ones(3) * a / np.full((1, 3), 2.0) - np.arange(3),
    "methods": lambda a, b: a.clip(-1.0, 1.0).ravel().repeat(2).cumsum()[::3].dot(np.arange(4.0)) + b.trace(),
    "more methods": lambda a, b: b.diagonal().take([0, 2]).prod() * b.std(ddof=1) + a.var(1).min() + a.flatten(),
    "a mask": lambda a, b: (a > 0.0) * a + np.where(a > 0.0, 1.0, a),
    "integers": lambda a, b: a * np.arange(3) + np.eye(3, dtype=int)[:2],
    "rows as they come": lambda a, b: np.stack([row / row.sum() for row in b]),
}  # fmt: skip


class TestNumPy:
    @pytest.mark.parametrize("name", IDIOMS)
    def test_its_idioms_give_what_numpy_gives(self, name):
        rng = np.random.default_rng(1)
        p, q = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
        made, expected = IDIOMS[name](array(p), array(q)), IDIOMS[name](p, q)
        assert made.shape == np.shape(expected)
        np.testing.assert_allclose(made.data, expected, rtol=1e-12)

    @given(st.sampled_from([None, 0, 1, -1, (0, 2), (1, -1)]), st.booleans(), st.integers(0, 5))
    def test_reductions_have_numpys_shapes_and_numbers(self, axis, keepdims, seed):
        numbers = np.random.default_rng(seed).normal(size=(2, 3, 4))
        x = array(numbers)
        for name in ("sum", "mean", "max", "min", "prod", "var", "std"):
            expected = getattr(numbers, name)(axis=axis, keepdims=keepdims)
            for ours in (
                getattr(x, name)(axis=axis, keepdims=keepdims),
                getattr(np, name)(x, axis=axis, keepdims=keepdims),
            ):
                assert ours.shape == expected.shape
                np.testing.assert_allclose(ours.data, expected, rtol=1e-12)

    def test_what_tells_something_of_the_data_is_plain(self):
        x = x23()
        assert np.shape(x) == (2, 3)
        assert (np.ndim(x), np.size(x)) == (2, 6)
        assert x.argmax(1).tolist() == np.argmax(x, axis=1).tolist() == [2, 1]
        assert x.argmin() == np.argmin(x) == 1
        assert x.argsort().tolist() == np.argsort(x).tolist() == [[1, 0, 2], [2, 0, 1]]
        assert np.zeros_like(x).tolist() == np.zeros((2, 3)).tolist()
        assert type(np.ones_like(x)) is np.ndarray
        assert np.allclose(x, x.data)
        assert np.array_equal(x, x.data)
        assert np.isclose(x, x.data).all()
        assert [part.tolist() for part in np.where(x > 3.0)] == [[1], [1]]

    def test_full_like_of_a_node_is_a_node(self):
        x, v = x23(), Value(2.0)
        assert gradients(np.full_like(x, v).sum())[v] == 6.0
        assert np.full_like(x, 3.0).tolist() == [[3.0] * 3] * 2

    def test_a_function_that_scipy_brings_is_known_by_its_name(self):
        class Named:
            __name__ = "erf"

        x = x23()
        expected = [[math.erf(number) for number in row] for row in x.data.tolist()]
        assert x.__array_ufunc__(Named(), "__call__", x).data.tolist() == expected

    def test_functions_keep_their_digits_at_both_ends(self):
        x = array([-700.0, -40.0, 0.0, 40.0, 700.0])
        np.testing.assert_allclose(x.sigmoid().data, [Value(n).sigmoid().data for n in x.data.tolist()], rtol=1e-15)
        np.testing.assert_allclose(x.softplus().data, [Value(n).softplus().data for n in x.data.tolist()], rtol=1e-15)
        assert gradient(np.log(x.sigmoid()).sum(), x) == pytest.approx([1.0, 1.0, 0.5, 4.25e-18, 0.0], abs=1e-16)

    def test_the_softmax_family_does_not_overflow(self):
        x = array([1000.0, 1001.0, -1000.0])
        share = 1.0 / (1.0 + math.e)
        assert x.softmax().data == pytest.approx([share, 1.0 - share, 0.0])
        assert x.log_softmax().data == pytest.approx(
            [math.log(share), math.log(1.0 - share), -2001.0 + math.log(1 - share)]
        )
        assert x.logsumexp().data == pytest.approx(1001.0 - math.log(1.0 - share))

    @pytest.mark.parametrize("name", sorted(UFUNCS.keys() - {"erf", "expit"}))
    def test_an_operation_that_numpy_names_gives_numpys_numbers_for_a_value_and_for_an_array(self, name):
        function = getattr(np, name)
        for point in ((0.6, 0.3), (0.9, -0.4), (-0.7, 0.2)):
            inputs = point[: function.nin]
            with np.errstate(invalid="ignore"):
                expected = function(*inputs)
            if np.isnan(expected):
                continue
            assert function(*map(Value, inputs)).data == pytest.approx(expected, rel=1e-14)
            assert function(*[array([x]) for x in inputs]).data[0] == pytest.approx(expected, rel=1e-14)
            assert handgrad.gradcheck(UFUNCS[name], *inputs).ok

    def test_split_gives_the_parts(self):
        x = array(np.arange(12.0).reshape(2, 6))
        assert [part.shape for part in np.split(x, 3, axis=1)] == [(2, 2)] * 3
        assert [part.shape for part in np.array_split(x, 4, axis=1)] == [(2, 2), (2, 2), (2, 1), (2, 1)]
        assert [part.shape for part in np.split(x, [1, 4], axis=-1)] == [(2, 1), (2, 3), (2, 2)]
        assert [part.shape for part in np.split(x, [4, 2], axis=1)] == [(2, 4), (2, 0), (2, 4)]
        assert [part.shape for part in np.hsplit(x, 2)] == [(2, 3)] * 2
        assert [part.shape for part in np.vsplit(x, 2)] == [(1, 6)] * 2
        assert [part.shape for part in np.hsplit(x[0], 2)] == [(3,)] * 2

    @pytest.mark.skipif(not hasattr(np, "unstack"), reason="NumPy before 2.1")
    def test_the_names_that_numpy_2_brings_are_known(self):
        x = array(np.arange(24.0).reshape(2, 3, 4))
        assert [part.shape for part in np.unstack(x)] == [(3, 4)] * 2
        assert [part.shape for part in np.unstack(x, axis=-1)] == [(2, 3)] * 4
        for swap in (np.matrix_transpose, np.linalg.matrix_transpose):
            assert swap(x).shape == (2, 4, 3)
        assert np.linalg.vector_norm(x).data == pytest.approx(np.linalg.vector_norm(x.data))
        assert np.linalg.vector_norm(x, axis=1, ord=1).data == pytest.approx(np.abs(x.data).sum(1))
        for name, shapes in (("vecdot", ((3,), (2, 3))), ("matvec", ((2, 4, 3), (3,))), ("vecmat", ((3,), (2, 3, 4)))):
            numbers = [np.random.default_rng(i).normal(size=shape) for i, shape in enumerate(shapes)]
            if hasattr(np, name):
                made = getattr(np, name)(*map(array, numbers))
                np.testing.assert_allclose(made.data, getattr(np, name)(*numbers))

    def test_an_operation_says_its_parameters(self):
        x = x23()
        said = {
            "axis=0": x.sum(0),
            "axis=(0, 1), keepdims=True": x.max((0, 1), keepdims=True),
            "": x.mean(),
            "(3, 2)": x.reshape(3, 2),
            "(1, 0)": x.transpose(1, 0),
            "[1, ::2]": x[1, ::2],
            "[..., None, :2]": x[..., None, :2],
            "[array of shape (2,)]": x[[0, 1]],
            "k=1": np.triu(x, 1),
            "axis=-1": x.softmax(),
            "-1.0, None": x.clip(-1.0),
            "ij,kj->ik": np.einsum("ij,kj->ik", x, x),
        }
        assert [node.op.detail for node in said.values()] == list(said)

    def test_in_place_addition_to_a_name_makes_a_new_node(self):
        x = y = x23()
        y += 1.0
        assert y is not x
        assert y.operands[0] is x

    def test_object_arrays_of_values_stay_numpys_and_become_a_node_beside_an_array(self):
        values = np.array([Value(1.0), Value(2.0), Value(3.0)])
        assert (values * 2.0).dtype == object
        mixed = values * x23()
        assert isinstance(mixed, Array)
        assert gradients(mixed.sum())[values[1]] == 2.0
        assert isinstance(x23() + values, Array)
        assert isinstance(np.concatenate([x23()[0], values]), Array)

    def test_a_value_knows_numpys_functions_too(self):
        v = Value(0.5)
        for name in ("log1p", "arctan", "tan", "sign", "cosh", "exp2", "log10", "expm1", "arcsin"):
            made = getattr(np, name)(v)
            assert type(made) is Value
            assert made.data == pytest.approx(getattr(np, name)(0.5))
        assert np.logaddexp(v, 0.0).data == pytest.approx(np.logaddexp(0.5, 0.0))
        assert [node.data for node in np.hypot(np.array([v, v]), v)] == [pytest.approx(np.hypot(0.5, 0.5))] * 2


class TestTiesAndKinks:
    def test_the_first_of_equal_entries_has_the_gradient_of_a_maximum_along_an_axis(self):
        x = array([[1.0, 5.0, 5.0], [2.0, 0.0, 2.0]])
        assert gradient(x.max(1).sum(), x) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
        assert gradient(x.max(), x) == [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
        assert gradient(np.min(x, axis=0).sum(), x) == [[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
        assert gradient(np.maximum.reduce(x, axis=1).sum(), x) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]

    def test_relu_and_abs_have_slope_0_at_0(self):
        x = array([-1.0, 0.0, 2.0])
        assert gradient(x.relu().sum(), x) == [0.0, 0.0, 1.0]
        assert gradient(abs(x).sum(), x) == gradient(np.abs(x).sum(), x) == [-1.0, 0.0, 1.0]
        assert gradient(x.leaky_relu(0.1).sum(), x) == pytest.approx([0.1, 0.1, 1.0])
        assert gradient(np.sign(x).sum(), x) == [0.0, 0.0, 0.0]

    def test_maximum_and_minimum_share_a_tie(self):
        x, y = array([1.0, 2.0, 3.0]), array([2.0, 2.0, 2.0])
        assert gradient(np.maximum(x, y).sum(), x) == [0.0, 0.5, 1.0]
        assert gradient(x.minimum(y).sum(), y) == [0.0, 0.5, 1.0]
        assert gradient(np.maximum(x, 2.0).sum(), x) == [0.0, 0.5, 1.0]

    def test_clip_has_slope_1_at_its_bounds(self):
        x = array([-1.0, 0.0, 0.5, 1.0, 2.0])
        assert (
            gradient(np.clip(x, 0.0, 1.0).sum(), x) == gradient(x.clip(0.0, 1.0).sum(), x) == [0.0, 1.0, 1.0, 1.0, 0.0]
        )
        assert gradient(x.clip(max=0.0).sum(), x) == [1.0, 1.0, 0.0, 0.0, 0.0]

    def test_a_product_with_zeros_in_it_has_the_products_of_the_others(self):
        x = array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0], [1.0, 2.0, 3.0]])
        loss = x.prod(1).sum()
        assert gradient(loss, x) == [[0.0, 6.0, 0.0], [0.0, 0.0, 0.0], [6.0, 3.0, 2.0]]
        second = gradients(loss, graph=True)[x][0, 0]
        assert gradient(second, x)[0] == [0.0, 3.0, 0.0]

    def test_the_determinant_of_a_singular_matrix_has_its_cofactors_as_slopes(self):
        x = array([[1.0, 2.0], [2.0, 4.0]])
        np.testing.assert_allclose(gradient(np.linalg.det(x), x), [[4.0, -2.0], [-2.0, 1.0]], atol=1e-12)
        zeros = array(np.zeros((2, 3, 3)))
        assert not np.any(gradient(np.linalg.det(zeros).sum(), zeros))

    def test_an_entry_picked_twice_gets_both_gradients(self):
        C = array([[1.0], [2.0], [3.0]])
        emb = C[[0, 2, 0]]
        assert gradient((emb * np.array([[1.0], [10.0], [100.0]])).sum(), C) == [[101.0], [0.0], [10.0]]

    def test_an_operand_used_twice_by_one_operation_gets_both_gradients(self):
        x = x23()
        assert gradient((x * x).sum(), x) == (2.0 * x.data).tolist()
        assert gradient(np.concatenate([x, x]).sum(), x) == [[2.0] * 3] * 2
        assert gradient(np.einsum("ij,ij->", x, x), x) == (2.0 * x.data).tolist()


class TestMasks:
    MASK = np.array([[True, False], [True, True]])

    @pytest.mark.parametrize(
        "masked",
        [
            lambda x, mask: np.where(mask, x, -np.inf),
            lambda x, mask: x + np.where(mask, 0.0, -np.inf),
            lambda x, mask: np.where(mask, x, np.full(x.shape, -np.inf)),
            lambda x, mask: np.where(mask, x * 2.0, -np.inf) / 2.0,
        ],
    )
    @pytest.mark.parametrize(
        "weigh",
        [
            lambda s: s.softmax(-1),
            lambda s: (
                np.exp(s - s.max(-1, keepdims=True)) / np.exp(s - s.max(-1, keepdims=True)).sum(-1, keepdims=True)
            ),
            lambda s: np.exp(s - s.logsumexp(-1, keepdims=True)),
            lambda s: np.exp(s.log_softmax(-1)),
        ],
    )
    def test_a_masked_score_has_weight_0_and_gradient_0(self, masked, weigh):
        x = array([[1.0, 9.0], [2.0, 3.0]])
        weights = weigh(masked(x, self.MASK))
        assert weights.data[0] == pytest.approx([1.0, 0.0])
        share = 1.0 / (1.0 + math.exp(1.0))
        assert weights.data[1] == pytest.approx([share, 1.0 - share])
        loss = (weights * np.array([[1.0, 2.0], [3.0, 4.0]])).sum()
        found = gradients(loss)
        assert all(np.isfinite(number).all() for number in found.values())
        np.testing.assert_allclose(found[x], [[0.0, 0.0], [-share * (1 - share), share * (1 - share)]], atol=1e-15)

    def test_a_node_that_scales_masked_scores_gets_a_finite_gradient(self):
        x, temperature = array([[1.0, 9.0], [2.0, 3.0]]), Value(2.0)
        weights = (np.where(self.MASK, x, -np.inf) / temperature).softmax(-1)
        assert math.isfinite(gradients((weights * weights).sum())[temperature])

    @pytest.mark.parametrize(
        "weigh",
        [
            lambda s: s.softmax(-1),
            lambda s: s.log_softmax(-1),
            lambda s: s.logsumexp(-1),
            lambda s: np.exp(s - s.max(-1, keepdims=True)),
        ],
    )
    def test_a_row_that_is_masked_whole_is_an_error_that_says_so(self, weigh):
        scores = label(np.where([[True, True], [False, False]], array([[1.0, 2.0], [3.0, 4.0]]), -np.inf), "scores")
        with pytest.raises(DomainError, match=r"(?i)scores.*of each row"):
            weigh(scores)

    @pytest.mark.parametrize(
        "past",
        [
            lambda s: s.sum(),
            lambda s: s @ np.ones(2),
            lambda s: s.mean(0),
            lambda s: np.log(np.exp(s)),
            lambda s: s * 0.0,
        ],
    )
    def test_minus_infinity_that_reaches_anything_but_a_mask_is_an_error(self, past):
        scores = np.where(self.MASK, array([[1.0, 2.0], [3.0, 4.0]]), -np.inf)
        with pytest.raises(DomainError, match="no finite value"):
            past(scores)

    def test_plus_infinity_and_nan_are_refused_as_constants(self):
        for bad in (np.inf, np.nan):
            for given_ in (bad, np.array([1.0, bad])):
                with pytest.raises(NotFiniteError):
                    array([1.0, 2.0]) + given_


class TestValuesAndArrays:
    def test_a_value_and_an_array_stand_in_one_graph_and_both_get_their_gradients(self):
        v, x = Value(2.0, "v"), array([1.0, 2.0, 4.0], label="x")
        loss = (v * x + x / v - (v - x) ** 2 + np.maximum(v, x)).sum()
        numbers = gradients(loss)
        assert type(numbers[v]) is float
        # d/dv of sum(v*x + x/v - (v-x)^2 + max(v, x)); the tie at 2 is shared.
        assert numbers[v] == pytest.approx(7.0 - 7.0 / 4.0 - 2.0 * (6.0 - 7.0) + 1.5)
        assert numbers[x].tolist() == pytest.approx(
            [2.0 + 0.5 + 2.0 * (2.0 - n) + s for n, s in ((1, 0), (2, 0.5), (4, 1))]
        )

    def test_an_entry_goes_on_as_a_value(self):
        x = x23()
        v = x[1, 1]
        loss = v.tanh() * v + x[0, 0].exp()
        assert type(loss) is Value
        found = gradient(loss, x)
        assert found[1][1] == pytest.approx(math.tanh(4.0) + 4.0 * (1.0 - math.tanh(4.0) ** 2))
        assert found[0] == [pytest.approx(math.e), 0.0, 0.0]

    @pytest.mark.parametrize("flip", [False, True])
    def test_where_takes_a_value_on_either_side(self, flip):
        v, x, mask = Value(2.0), array([1.0, 2.0, 4.0]), np.array([True, False, True])
        loss = (np.where(~mask, x, v) if flip else np.where(mask, v, x)).sum()
        assert (gradients(loss)[v], gradient(loss, x)) == (2.0, [0.0, 1.0, 0.0])

    def test_a_bare_number_of_an_expression_is_a_constant_and_asked_for_nothing(self):
        x = x23()
        y = x * 3 + np.ones(3)
        three, ones = y.operands[0].operands[1], y.operands[1]
        assert three.is_constant
        assert three.label == "3"
        assert ones.is_constant
        assert ones.shape == (3,)

    def test_an_operation_of_ones_own_is_applied_to_each_entry(self):
        cube = op("cube", lambda x: x**3, lambda x: 3 * x**2)
        mixed = op("mixed", lambda a, b: a * b + b, lambda a, b, y: (b, a + 1.0))
        x, row = x23(), array([1.0, 2.0, 3.0])
        assert cube(x).op.name == "cube"
        np.testing.assert_allclose(gradient(cube(x).sum(), x), 3.0 * x.data**2)
        loss = mixed(x, row).sum()
        np.testing.assert_allclose(gradient(loss, row), (x.data + 1.0).sum(0))
        np.testing.assert_allclose(gradient(mixed(x, 2.0).sum(), x), np.full((2, 3), 2.0))
        v = Value(2.0)
        assert gradients(mixed(x, v).sum())[v] == pytest.approx((x.data + 1.0).sum())
        second = gradients(gradients(cube(x).sum(), graph=True)[x].sum())[x]
        np.testing.assert_allclose(second, 6.0 * x.data)

    def test_an_operation_of_ones_own_without_a_value_at_an_entry_names_it(self):
        root = op("root", math.sqrt, lambda x, y: 0.5 / y, domain="It needs 0 or more.")
        with pytest.raises(DomainError, match=r"x\[0, 1\] = -2.0. It needs 0 or more"):
            root(x23())
        loss = root(array([0.0, 1.0], label="x")).sum()
        with pytest.raises(DomainError, match="'root' has no finite derivative"):
            gradients(loss)


class TestReach:
    def test_an_entry_reaches_where_it_comes_from_and_no_further(self):
        x = x23()
        for y, touched, expected in (
            (x[0], [True, False, False], [[True, False, False], [False] * 3]),
            (x.T, [[False, True], [False] * 2, [False] * 2], [[False] * 3, [True, False, False]]),
            (x.sum(1), [False, True], [[False] * 3, [True] * 3]),
            (x.softmax(1), [[False, True, False], [False] * 3], [[True] * 3, [False] * 3]),
            (np.tanh(x), [[False, True, False], [False] * 3], [[False, True, False], [False] * 3]),
        ):
            (edge,) = y.op.derivatives(x.data, y.data)
            assert edge.reach(touched).tolist() == expected


class TestBackwardGraph:
    def test_a_gradient_of_an_array_is_an_array_node_with_a_name(self):
        x, w = x23(), array(np.ones((3, 2)), label="w")
        L = label(((x @ w) ** 2).sum(), "L")
        found = gradients(L, graph=True)
        assert isinstance(found[w], Array)
        assert found[w].label == "dL/dw"
        assert {node.op.name for node in topological_order(found[w]) if node.op} >= {"@", "transpose"}

    def test_what_is_passed_on_unchanged_makes_no_node(self):
        x, y = x23(), x23("y")
        found = gradients((x + y).sum(), graph=True)
        assert len(topological_order(found[x])) == 2  # the 1, and its broadcast by the sum


class TestRefusals:
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
    def test_what_would_cut_the_graph_is_refused_and_says_what_to_write(self, detach):
        with pytest.raises(DetachError, match=r"x\.data|v\.data"):
            detach(x23())

    def test_writing_into_an_array_says_what_joins_arrays(self):
        for write in (lambda x: x.__setitem__(0, 1.0), lambda x: np.zeros(3).__setitem__(slice(None), x[0])):
            with pytest.raises(DetachError, match=r"np\.stack, np\.concatenate or np\.where"):
                write(x23())

    def test_an_array_in_the_place_of_a_number_is_refused(self):
        with pytest.raises(ValueError, match="setting an array element"):
            np.zeros(3)[0] = x23()[0]

    def test_a_float_array_is_not_added_to_in_place(self):
        total = np.zeros(3)
        with pytest.raises(UnsupportedArgumentError, match=r"write y = np\.add\(x\), without out"):
            total += x23()[0]

    @pytest.mark.parametrize("call", ["floor", "round", "median", "gradient", "convolve", "bitwise_count"])
    def test_a_function_without_a_rule_is_refused_by_name(self, call):
        with pytest.raises(UnsupportedFunctionError, match=rf"np\.{call} has no rule for a node") as caught:
            getattr(np, call)(*[x23()[0]] * (2 if call == "convolve" else 1))
        assert "x.data" in str(caught.value)
        assert "handgrad.op" in str(caught.value)

    def test_a_function_that_is_nearly_named_is_told(self):
        with pytest.raises(UnsupportedFunctionError, match=r"There is .*np\.sum"):
            np.nansum(x23())

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda x: np.add.at(x, 0, 1.0), r"np\.add\.at .*np\.eye\(n\)\[i\]\.T @ rows"),
            (lambda x: np.add.at(np.zeros((2, 3)), [0], x[0]), r"np\.add\.at"),
            (lambda x: np.copyto(np.zeros((2, 3)), x), r"np\.copyto .*np\.where"),
            (lambda x: np.multiply.accumulate(x), r"np\.multiply\.accumulate"),
            (lambda x: np.add.reduceat(x, [0]), r"np\.add\.reduceat"),
        ],
    )
    def test_what_writes_into_an_array_is_refused(self, call, said):
        with pytest.raises(UnsupportedFunctionError, match=said):
            call(x23())

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda x: np.exp(x, out=np.zeros((2, 3))), r"np\.exp\(out=...\)"),
            (lambda x: np.exp(x, where=x > 0.0), r"np\.exp\(where=...\).*np\.where\(mask, x, 0\.0\)"),
            (lambda x: np.sum(x, out=np.zeros(())), r"np\.sum\(out=...\)"),
            (lambda x: np.mean(x, where=x.data > 0.0), r"np\.mean\(where=...\)"),
            (lambda x: np.sum(x, dtype=np.float32), r"np\.sum\(dtype=...\).*float64"),
            (lambda x: np.sum(x, initial=1.0), r"np\.sum\(initial=...\)"),
            (lambda x: np.reshape(x, (3, 2), order="F"), r"np\.reshape\(order=...\).*transpose"),
            (lambda x: np.pad(x, 1, mode="linear_ramp"), r"np\.pad\(mode=...\)"),
            (lambda x: np.linalg.norm(x, 2), r"np\.linalg\.norm\(ord=...\)"),
            (lambda x: np.average(x, axis=0, returned=True), r"np\.average\(returned=...\)"),
            (lambda x: np.matmul(x, x.T, axes=[(0, 1), (0, 1), (0, 1)]), r"np\.matmul\(axes=...\)"),
        ],
    )
    def test_an_argument_without_a_rule_is_refused_and_says_what_to_write(self, call, said):
        with pytest.raises(UnsupportedArgumentError, match=said):
            call(x23())

    def test_a_call_that_lacks_an_argument_is_a_type_error_as_numpys(self):
        with pytest.raises(TypeError, match="axis"):
            np.expand_dims(x23())

    def test_arguments_that_change_nothing_are_let_through(self):
        x = x23()
        assert np.sum(x, dtype=float).data == np.sum(x, dtype=np.float64, out=None).data == 5.5
        assert np.reshape(x, (3, 2), order="C").shape == (3, 2)
        assert np.einsum("ij->", x, optimize=True).data == pytest.approx(5.5)

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda x, w: x + w, r"'\+' of x \(2, 3\), w \(4, 2\): .*last axis has the lengths 3 and 2"),
            (lambda x, w: x * w.T, r"'\*' of x \(2, 3\), w\.T \(2, 4\): .*last axis has the lengths 3 and 4"),
            (
                lambda x, w: x + np.ones((3, 3)),
                r"of x \(2, 3\), an array \(3, 3\): .*2nd axis from the right .* 2 and 3",
            ),
            (
                lambda x, w: x @ w,
                r"'@' of x \(2, 3\), w \(4, 2\): the last axis of the first, of length 3, .* of length 4",
            ),
            (lambda x, w: x @ w[:, 0], r"'@' of x \(2, 3\), .*of length 3, .* only axis of the second, of length 4"),
            (lambda x, w: x @ np.ones((5, 4, 2)), "the second to last axis of the second, of length 4"),
            (
                lambda x, w: np.ones((3, 2, 3)) @ x.reshape(2, 3, 1),
                "before the last two, shapes are lined up from the right, and the last axis has .* 3 and 2",
            ),
            (lambda x, w: w @ Value(2.0), "write '\\*' for a number"),
            (
                lambda x, w: x.reshape(4, 2),
                r"'reshape' of x \(2, 3\): cannot reshape array of size 6 into shape \(4, ?2\)",
            ),
            (lambda x, w: np.concatenate([x, w]), r"'concatenate' of x \(2, 3\), w \(4, 2\)"),
            (
                lambda x, w: np.stack([x, w]),
                r"'stack' of x \(2, 3\), w \(4, 2\): all input arrays must have the same shape",
            ),
            (lambda x, w: np.einsum("ij,jk", x, w), r"'einsum' of x \(2, 3\), w \(4, 2\)"),
            (lambda x, w: np.einsum("ijk", x), r"'einsum' of x \(2, 3\): 'ijk' does not name the axes"),
            (
                lambda x, w: np.tensordot(x, w, 1),
                r"'tensordot' of x \(2, 3\), w \(4, 2\): axis 1 .* length 3 and axis 0",
            ),
            (lambda x, w: np.where(np.ones(5, dtype=bool), x, 0.0), r"'where' of x \(2, 3\)"),
            (lambda x, w: x.max(1).reshape(0, 3).max(0), "'reshape'"),
            (lambda x, w: array(np.zeros((0, 3)), label="x").max(0), r"'max' of x \(0, 3\)"),
        ],
    )
    def test_shapes_that_do_not_fit_are_told_with_names(self, call, said):
        with pytest.raises(OperandShapeError, match=said) as caught:
            call(x23(), array(np.zeros((4, 2)), label="w"))
        assert isinstance(caught.value, ValueError)

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
    def test_an_index_past_the_end_is_an_index_error_that_names_the_array(self, call, said):
        with pytest.raises(IndexError, match=said) as caught:
            call(x23())
        assert isinstance(caught.value, OperandIndexError)

    def test_a_node_is_no_index(self):
        x = x23()
        for index in (x[0, 0], (slice(None), Value(1.0))):
            with pytest.raises(NotANumberError, match="plain whole numbers"):
                x[index]

    def test_an_operation_without_a_value_names_the_entry(self):
        with pytest.raises(DomainError, match=r"'log' has no finite value, with x\[0, 1\] = -2\.0\. log needs"):
            np.log(x23())
        with pytest.raises(DomainError, match=r"'/' .*x\[0, 1\] = -2\.0, w\[1\] = 0\.0\. Division needs"):
            x23() / array([1.0, 0.0, 0.0], label="w")

    def test_a_singular_matrix_and_a_norm_of_nothing_are_errors(self):
        with pytest.raises(DomainError, match="singular"):
            np.linalg.inv(array(np.ones((2, 2))))
        with pytest.raises(DomainError, match="'solve' has no finite value"):
            np.linalg.solve(array(np.ones((2, 2))), np.ones((2, 1)))
        with pytest.raises(DomainError, match="'norm' has no finite derivative"):
            gradients(np.linalg.norm(array(np.zeros(3)) * 1.0))
        with pytest.raises(DomainError, match="more than 1"):
            array([1.0]).var(ddof=1)

    def test_nothing_of_this_warns(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(DomainError, match="no mean"):
                array(np.zeros((0, 3))).mean(0)
            with pytest.raises(DomainError):
                np.exp(array([1000.0]))
            (np.where([True, False], array([1.0, 2.0]), -np.inf).softmax() ** 2).sum().backward()

    def test_every_error_of_arrays_is_a_handgrad_error(self):
        for kind in (OperandShapeError, OperandIndexError, UnsupportedArgumentError):
            assert issubclass(kind, HandgradError)
