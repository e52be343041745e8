"""What experiments have proven, as a verdict: one cause a proven line, the rest follows."""

import numpy as np
import pytest

from handgrad import Comparison, check_backward

from .problem import X

W = np.random.default_rng(3).normal(size=(4, 3))


def forward(x, w):
    p = np.exp(x @ w)
    p = p / p.sum(axis=1, keepdims=True)
    return p, (x, w, p)


def backward(dout, cache):
    x, w, p = cache
    ds = p * (dout - dout.sum(axis=1, keepdims=True))
    return ds @ w.T, x.T @ ds


def test_one_line_is_one_cause_and_what_follows_is_carried():
    found = check_backward(forward, backward, (X, W))
    assert type(found) is Comparison
    assert [cause.source.text for cause in found.causes] == ["ds = p * (dout - dout.sum(axis=1, keepdims=True))"]
    statuses = {result.name: result.status.value for result in found.results if result.name in ("x", "w")}
    assert statuses == {"x": "carried", "w": "carried"}
    assert not found.ok


@pytest.mark.rest
def test_what_no_edit_fixes_is_told_from_the_numbers_on_the_way():
    def invented(dout, cache):
        x, w, p = cache
        ds = np.cos(dout * 0.37) + np.sin(p + 0.11)
        return ds @ w.T, x.T @ ds

    found = check_backward(forward, invented, (X, W))
    assert not found.ok
    assert found.patch == ""
    assert found.causes


def test_of_a_statement_over_many_lines_the_line_that_is_changed_is_told():
    def forward(W, b, x):
        return np.sum(np.tanh(x @ W + b) ** 2)

    def backward(W, b, x):
        h = np.tanh(x @ W + b)
        dz = 2 * h * (1 - h**2)
        return {
            "W": x.T @ dz,
            "b": 2 * dz.sum(axis=0),  # the mistake
        }

    rng = np.random.default_rng(0)
    found = check_backward(
        forward, backward, {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2), "x": rng.normal(size=(4, 3))}
    )
    assert [cause.source.text for cause in found.causes] == ['"b": 2 * dz.sum(axis=0),  # the mistake']
    assert found.patch
