"""One run of their forward and backward: what it gives, and what of it is whose."""

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
