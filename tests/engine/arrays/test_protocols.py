"""NumPy's calls come to the functions of ours, and those without a rule are refused."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.arrays.refusals import UnsupportedArgumentError
from handgrad.errors import UnsupportedFunctionError

from .samples import x23


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
