"""The verdict: one cause a proven line, and the rest follows."""

import numpy as np
import pytest

from handgrad import Comparison, Status, check_backward

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


def test_what_is_kept_as_the_gradient_of_an_input_is_not_where_a_slope_is_left_out():
    def forward(w, b, x, y):
        return 0.5 * np.sum((1 / (1 + np.exp(-(w @ x + b))) - y) ** 2)

    def backward(w, b, x, y):
        a = 1 / (1 + np.exp(-(w @ x + b)))
        delta = a - y  # the slope is left out
        db = delta
        return {"w": delta @ x.T, "b": db}

    rng = np.random.default_rng(0)
    shapes = {"w": (3, 4), "b": (3, 1), "x": (4, 1), "y": (3, 1)}
    given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    found = check_backward(forward, backward, given, quick=True)
    assert [cause.source.text for cause in found.causes] == ["delta = a - y  # the slope is left out"]


def test_a_quick_check_tells_the_line_and_nothing_of_the_numbers_between():
    def forward(x, w):
        h = np.tanh(x @ w)
        return h * h, (x, w, h)

    def backward(dout, cache):
        x, w, h = cache
        dh = dout * h  # twice of it
        dz = dh * (1 - h * h)
        return dz @ w.T, x.T @ dz

    given = (np.random.default_rng(0).normal(size=(3, 2)), np.random.default_rng(1).normal(size=(2, 4)))
    quick, full = (check_backward(forward, backward, given, quick=is_quick) for is_quick in (True, False))
    lines = [{cause.source.text for cause in found.causes} for found in (quick, full)]
    assert lines == [{"dh = dout * h  # twice of it"}] * 2
    skipped, judged = ([one.status is Status.SKIPPED for one in found.results] for found in (quick, full))
    assert sum(skipped) > sum(judged)


def test_what_is_added_is_off_by_a_factor_and_not_the_whole():
    def loss(W, reg):
        return (X @ W).sum() + reg * np.sum(W * W)

    def gradient(W, reg):
        dW = X.sum(0)[:, None] * np.ones(W.shape)
        dW += reg * W  # the mistake: 2 *
        return {"W": dW}

    found = check_backward(loss, gradient, {"W": np.random.default_rng(0).normal(size=(X.shape[1], 2)), "reg": 0.1})
    (cause,) = found.causes
    assert cause.source.line == gradient.__code__.co_firstlineno + 2
    assert cause.slip.message == "W: only half of what comes from W*W is there: it stands in that twice."


def test_of_what_is_0_on_the_far_side_of_a_leaky_relu_the_array_that_the_variable_names_is_wrong():
    def forward(x, w, y):
        a = np.maximum(0.1 * (z := x @ w), z)
        return ((a - y) ** 2).mean()

    def forgotten(x, w, y):
        z = x @ w
        a = np.maximum(0.1 * z, z)
        da = 2 * (a - y) / a.size
        dz = da * (z > 0)
        return {"dw": x.T @ dz}

    inputs = {"x": X, "w": W, "y": np.zeros((len(X), 3))}
    quick, found = (check_backward(forward, forgotten, inputs, quick=quick) for quick in (True, False))
    assert [one.name for one in (*quick.causes, *found.causes)] == ["z", "z"]
    assert {one.source.text for one in (*quick.causes, *found.causes)} == {"dz = da * (z > 0)"}
    assert "np.where(z > 0, 1.0, 0.1)" in found.patch


def test_what_is_computed_and_never_read_is_asked_about_where_no_edit_fixes_it():
    def forward(x, y):
        mean, var = x.mean(0), x.var(0)
        return (((x - mean) / np.sqrt(var + 0.1) - y) ** 2).sum()

    def backward(x, y):
        mean, var = x.mean(0), x.var(0)
        inv = 1 / np.sqrt(var + 0.1)
        dhat = 2 * ((x - mean) * inv - y)
        dvar = (dhat * (x - mean)).sum(0) * -0.5 * inv**3  # noqa: F841
        dmean = -(dhat * inv).sum(0)  # noqa: F841
        return {"x": dhat * np.sin(inv)}

    x, y = np.random.default_rng(4).normal(size=(2, 6, 3))
    (cause,) = check_backward(forward, backward, {"x": x, "y": y}).causes
    assert cause.slip.kind == "missing-path"
    assert "`dvar` and `dmean` are computed and never read" in cause.slip.message
