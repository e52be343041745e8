"""What cannot be followed is judged by slopes."""

import numpy as np
import pytest

from handgrad import check_backward

from .problem import B, W, X, causes, mse, mse_grads


@pytest.mark.rest
def test_what_cannot_be_followed_is_judged_by_central_differences():
    def forward(x, w):
        return np.sum(np.polyval(w, x) ** 2)

    def backward(x, w):
        p = np.polyval(w, x)
        dp = np.polyval(np.polyder(w), x)
        dx = 2 * p * dp
        return {"x": dx}

    def wrong(x, w):
        p = np.polyval(w, x)
        dx = 2 * p
        return {"x": dx}

    hidden = {"x": X[0], "w": np.array([0.3, -0.5, 1.0])}
    assert check_backward(forward, backward, hidden).ok

    def through_pickle(x, w):
        return forward(np.frombuffer(np.asarray(x, dtype=float).tobytes()), w)

    found = check_backward(through_pickle, backward, hidden)
    assert found.ok
    assert "could not be followed" in found.remark
    assert causes(check_backward(through_pickle, wrong, hidden)) == [("x", "dx = 2 * p")]


def test_a_forward_that_wants_true_arrays_is_judged_at_its_inputs():
    def forward(x):
        if type(x) is not np.ndarray:
            raise TypeError("an array, please")
        return (x**2).sum()

    def wrong(x):
        dx = 3 * x
        return {"x": dx}

    found = check_backward(forward, lambda x: {"x": 2 * x}, {"x": B})
    assert found.ok
    assert "an array, please" in found.remark
    assert causes(check_backward(forward, wrong, {"x": B})) == [("x", "dx = 3 * x")]


def test_a_forward_that_is_followed_is_not_measured():
    assert not check_backward(mse, mse_grads, {"W": W, "b": B}).remark


def test_a_forward_that_moves_otherwise_than_its_graph_says_is_measured():
    def forward(x):
        hidden.append(x.tolist())  # numbers of Python's: what becomes of them is not followed
        return (x**2).sum() + sum(number**3 for number in hidden.pop())

    hidden = []
    found = check_backward(forward, lambda x: {"x": 2 * x + 3 * x**2}, {"x": B})
    assert found.ok
    assert "could not be followed" in found.remark
