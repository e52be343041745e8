"""What cannot be checked is told in one sentence."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.errors import CheckError, UserCodeError

from .problem import B, W, X, mse, mse_grads


def test_an_error_of_theirs_is_named_with_its_line():
    def forward(W):
        return (X @ W.T).sum()

    with pytest.raises(UserCodeError, match=r"forward raised ValueError at .*test_errors.py:\d+"):
        check_backward(forward, lambda W: {"W": W}, {"W": W})


def test_gradients_of_nothing_are_an_error():
    with pytest.raises(CheckError, match=r"gave V, and none of it is the gradient of an input \(W, b\)"):
        check_backward(mse, lambda W, b: {"V": W}, {"W": W, "b": B})


def test_a_backward_that_gives_nothing_is_an_error():
    with pytest.raises(CheckError, match="gave nothing"):
        check_backward(mse, lambda W, b: None, {"W": W, "b": B})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: ("dW", "db"), "gave a tuple without numbers, and"),
        (lambda: [None, "db"], "gave a list without numbers, and"),
        (lambda: {"W": {1}}, "gave a dict without numbers, and"),
        (lambda: (one for one in (W, B)), "gave a generator without numbers, and"),
        (lambda: {}, "gave a dict without numbers, and"),
        (lambda: np.array(["dW"]), "gave a ndarray without numbers, and"),
    ],
    ids=["strings", "None and a string", "a set in a dict", "a generator", "an empty dict", "texts"],
)
def test_what_holds_no_numbers_is_named_by_its_type(given, said):
    with pytest.raises(CheckError, match=said) as raised:
        check_backward(mse, lambda W, b: given(), {"W": W, "b": B})
    assert "a gradient is a number or an array" in str(raised.value)
    assert '{"W": dW}' in str(raised.value)


def test_a_loss_that_is_an_array_is_an_error():
    with pytest.raises(CheckError, match=r"array of shape \(6, 2\)"):
        check_backward(lambda W, b: X @ W + b, mse_grads, {"W": W, "b": B})


def test_a_loss_that_is_not_finite_is_an_error():
    with pytest.raises(CheckError, match="nan"):
        check_backward(lambda W, b: mse(W, b) * np.nan, mse_grads, {"W": W, "b": B})


def test_a_forward_that_is_different_each_time_is_an_error():
    def forward(W):
        return (W * np.random.default_rng().normal(size=W.shape)).sum()

    with pytest.raises(CheckError, match="another result"):
        check_backward(forward, lambda W: {"W": W}, {"W": W})


def test_other_inputs_are_an_error():
    with pytest.raises(CheckError, match="inputs is a str"):
        check_backward(mse, mse_grads, "W")


def test_a_parameter_that_nothing_can_be_given_for_is_an_error():
    with pytest.raises(CheckError, match="'memory'"):
        check_backward(mse, lambda W, b, memory, more: None, {"W": W, "b": B})


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.array([1, 2, 3]), r"x holds whole numbers \(int64\).*x\.astype\(float\)"),
        (np.array([1.0, 2.0j]), r"x holds complex numbers \(complex128\).*real and its imaginary part"),
    ],
)
def test_numbers_that_have_no_gradient_are_refused_by_name_with_the_reason(x, said):
    with pytest.raises(CheckError, match=said):
        check_backward(lambda x: np.sum(np.abs(x) * 2.0), lambda x: 2.0 * x, (x,))


def test_recursion_that_goes_too_deep_where_it_is_traced_is_told():
    def forward(x):
        if type(x) is not np.ndarray:  # as deep as Python goes, and a step further where it is traced
            raise RecursionError
        return np.sum(x * x)

    found = check_backward(forward, lambda x: {"x": 2.0 * x}, {"x": np.array([1.5, 2.5])})
    assert found.ok
    assert "traced code recurses too deeply" in found.remark


def test_a_gradient_of_complex_numbers_is_refused_however_it_comes_back():
    z = np.array([1.0 + 2.0j, 3.0])
    with pytest.raises(ValueError, match=r"z holds complex numbers \(complex128\).*real and its imaginary part"):
        check_backward(lambda z: np.abs(z).sum(), lambda z: {"dz": z / np.abs(z)}, {"z": z})
