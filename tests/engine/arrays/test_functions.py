"""NumPy's idioms and functions on array nodes, and those that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, gradients
from handgrad.arrays import array
from handgrad.arrays.refusals import UnsupportedArgumentError
from handgrad.errors import UnsupportedFunctionError

from .samples import x23

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


@pytest.mark.parametrize("name", IDIOMS)
def test_its_idioms_give_what_numpy_gives(name):
    rng = np.random.default_rng(1)
    p, q = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    made, expected = IDIOMS[name](array(p), array(q)), IDIOMS[name](p, q)
    assert made.shape == np.shape(expected)
    np.testing.assert_allclose(made.data, expected, rtol=1e-12)


def test_what_tells_something_of_the_data_is_plain():
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


def test_full_like_of_a_node_is_a_node():
    x, v = x23(), Value(2.0)
    assert gradients(np.full_like(x, v).sum())[v] == 6.0
    assert np.full_like(x, 3.0).tolist() == [[3.0] * 3] * 2


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="NumPy before 2.1")
def test_the_names_that_numpy_2_brings_are_known():
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


def test_a_float_array_is_not_added_to_in_place():
    total = np.zeros(3)
    with pytest.raises(UnsupportedArgumentError, match=r"write y = np\.add\(a, b\), without out"):
        total += x23()[0]


@pytest.mark.parametrize("call", ["floor", "round", "median", "gradient", "convolve", "bitwise_count"])
def test_a_function_without_a_rule_is_refused_by_name(call):
    with pytest.raises(UnsupportedFunctionError, match=rf"np\.{call} has no rule for a node") as caught:
        getattr(np, call)(*[x23()[0]] * (2 if call == "convolve" else 1))
    assert "x.data" in str(caught.value)
    assert "handgrad.op" in str(caught.value)


def test_a_function_that_is_nearly_named_is_told():
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
def test_what_writes_into_an_array_is_refused(call, said):
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
def test_an_argument_without_a_rule_is_refused_and_says_what_to_write(call, said):
    with pytest.raises(UnsupportedArgumentError, match=said):
        call(x23())


def test_a_call_that_lacks_an_argument_is_a_type_error_as_numpys():
    with pytest.raises(TypeError, match="axis"):
        np.expand_dims(x23())


def test_arguments_that_change_nothing_are_let_through():
    x = x23()
    assert np.sum(x, dtype=float).data == np.sum(x, dtype=np.float64, out=None).data == 5.5
    assert np.reshape(x, (3, 2), order="C").shape == (3, 2)
    assert np.einsum("ij->", x, optimize=True).data == pytest.approx(5.5)
