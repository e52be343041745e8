"""One run of their forward and backward: what it gives, and what of it is whose."""

import itertools

import numpy as np
import pytest

from handgrad import check_backward

from .problem import W, X


def test_a_forward_that_returns_nothing_and_keeps_nothing_is_refused():
    def forward(x):
        x * 2.0

    with pytest.raises(ValueError, match="forward gives nothing"):
        check_backward(forward, lambda dout: dout, (X,))


def test_what_is_returned_beside_gradients_under_another_name_is_none():
    def both(x, w, state):
        out = x @ w + state
        dout = 2 * out
        dx, dw, hs = dout @ w.T, x.T @ dout, [out]
        return (out**2).sum(), dx, dw, hs[len(hs) - 1]

    found = check_backward(both, None, {"x": X, "w": W, "state": np.ones((len(X), W.shape[1]))})
    assert found.ok, str(found)
    assert not any(result.name == "state" and result.status.value != "skipped" for result in found.results)


def test_where_all_is_right_the_forward_runs_four_times_and_the_backward_twice():
    forwards, backwards = itertools.count(1), itertools.count(1)  # what counts in C is not put back

    def forward(x):
        next(forwards)
        return np.tanh(x), x

    def backward(dout, x):
        next(backwards)
        dx = dout * (1.0 - np.tanh(x) ** 2)
        return dx

    assert check_backward(forward, backward, (X,)).ok
    assert (next(forwards), next(backwards)) == (5, 3)
