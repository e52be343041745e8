"""What is said of a backward, beside the verdicts."""

from functools import partial

import numpy as np
import pytest

from handgrad import check_backward

from ..collected.public import PUBLIC
from .problem import B, W, X, Y, causes
from .theirs.loops import recurrent

SLIP = "dhnext = dz @ Wh"


def test_all_right_gradients_say_nothing_of_the_way_but_a_remark():
    def backward(W, b):
        dout = -2 * (X @ W + b - Y)
        return {"W": -X.T @ dout / Y.size, "b": -dout.sum(axis=0) / Y.size}

    def forward(W, b):
        out = X @ W + b
        return np.mean((out - Y) ** 2)

    found = check_backward(forward, backward, {"W": W, "b": B})
    assert found.ok
    assert not found.causes


def test_what_a_cache_holds_is_never_to_blame_though_it_is_so_many_times_a_gradient():
    def forward(x, w):
        z = x * w
        r = z / 1.7
        return 0.5 * (r**2).sum(axis=1).mean(), (x, w, r)

    def backward(cache):
        x, w, r = cache
        dz = r / len(r)
        dx = dz * w
        dw = (dz * x).sum(axis=0)
        return dx, dw

    found = check_backward(forward, backward, (X, W[:, 0]), quick=True)
    assert [line for _, line in causes(found)] == ["dz = r / len(r)"]
    assert "times the gradient" not in found.remark


def test_a_wrong_mask_is_told_where_it_is_made_and_else_where_it_is_used():
    def forward(x):
        return np.maximum(x, 0), x

    def backward(dout, x):
        mask = x < 0
        dx = dout * mask
        return dx

    assert causes(check_backward(forward, backward, (X,))) == [("x", "mask = x < 0")]
    found = check_backward(forward, backward, (X,), quick=True)
    assert causes(found) == [("x", "dx = dout * mask")]


@pytest.mark.rest
def test_where_nothing_shows_which_of_many_lines_is_wrong_none_is_told():
    def forward(x, w):
        return np.tanh(x * w).sum()

    def backward(x, w):
        a = np.arctan(x) ** 3 + 17.31
        b = np.sin(5 * a) * w - 0.4
        c = np.cosh(b / 7) + a
        d = np.sqrt(c) * b + 2.2
        e = d * a - np.exp(c / 9)
        return {"dx": e * a, "dw": d - e}

    found = check_backward(forward, backward, {"x": X[0], "w": X[1]})
    assert found.causes
    assert all(cause.source is None for cause in found.causes)
    assert "No change proves which line it is." in found.remark


@pytest.mark.rest
def test_where_no_change_proves_a_line_what_it_reads_is_told_as_well():
    def forward(x, w):
        return (np.tanh(x) * w).sum()

    def backward(x, w):
        inner = np.arctan(x) ** 3 + 17.31 * np.sin(5 * x)
        h = np.tanh(x)
        dw = h
        dx = w * inner
        return {"dx": dx, "dw": dw}

    found = check_backward(forward, backward, {"x": X[0], "w": X[1]})
    (cause,) = found.causes
    line = backward.__code__.co_firstlineno
    assert cause.source.line in (line + 1, line + 4)
    assert f"it may be line {line + 1} or line {line + 4}." in found.remark


def test_a_division_made_at_the_inputs_alone_is_a_convention():
    def forward(W, b):
        out = X @ W + b
        return ((out - Y) ** 2).sum() / len(X)

    def backward(W, b):
        dout = 2 * (X @ W + b - Y)
        dW = X.T @ dout / len(X)
        db = dout.mean(axis=1)[:2]
        return {"W": dW, "b": db}

    found = check_backward(forward, backward, {"W": W, "b": B})
    assert [name for name, _ in causes(found)] == ["b"]


@pytest.mark.rest(of=3)
def test_a_length_that_nothing_on_the_way_speaks_for_is_no_convention(tmp_path):
    _, text, functions, inputs, old, new, _ = next(one for one in PUBLIC if one[0] == "qixianbiao/RNN#2")
    path = tmp_path / "theirs.py"
    path.write_text(text.replace(old, new), encoding="utf-8")
    space = {"__name__": "theirs"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    found = check_backward(*(space[name] for name in functions), inputs(), quick=True)
    assert not found.ok
    assert "convention" not in found.remark


@pytest.mark.parametrize("size", [1.0, 10.0])
def test_a_variance_taken_for_a_constant_is_no_convention_however_small_the_numbers_on_the_way_are(size):
    def forward(x, gamma):
        inv = 1 / np.sqrt(x.var(axis=0, keepdims=True) + 1e-5)
        hat = (x - x.mean(axis=0, keepdims=True)) * inv
        return gamma * hat, (gamma, hat, inv)

    def backward(dout, cache):
        gamma, hat, inv = cache
        dgamma = (dout * hat).sum(axis=0)
        dhat = dout * gamma
        middle = dhat.mean(axis=0, keepdims=True)
        dx = inv * (dhat - middle)
        return dx, dgamma

    rng = np.random.default_rng(0)
    found = check_backward(forward, backward, (size * rng.normal(size=(40, 3)), rng.normal(size=3)))
    assert causes(found) == [("x", "dx = inv * (dhat - middle)")]
    assert "variance" in found.causes[0].slip.message
    assert "convention" not in found.remark


def test_a_division_at_the_inputs_is_no_convention_where_a_gradient_does_not_follow():
    def forward(W, b):
        return ((X @ W + b) ** 2).sum() / len(X)

    def backward(W, b, makes_another_slip):
        dout = np.sin(X @ W + b)
        dW = X.T @ dout / len(X)
        db = np.cos(dout[0]) if makes_another_slip else dout.mean(axis=0)
        return {"W": dW, "b": db}

    for makes_another_slip in (False, True):
        back = partial(backward, makes_another_slip=makes_another_slip)
        remark = check_backward(forward, back, {"W": W, "b": B}, quick=True).remark
        assert ("convention" in remark) is not makes_another_slip


def test_a_mask_that_forward_has_kept_is_not_looked_for_in_backward():
    def forward(x):
        mask = x > 0
        return x * mask, mask

    def backward(dout, cache):
        mask = cache
        dx = 2 * dout * mask
        return dx

    found = check_backward(forward, backward, (X,))
    assert causes(found) == [("x", "dx = 2 * dout * mask")]
    assert not found.remark


def test_a_function_that_the_forward_calls_too_is_not_to_blame_for_what_it_is_called_with():
    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    def forward(z):
        return sigmoid(z), z

    def backward(next_dz, z):
        return sigmoid(1 - sigmoid(next_dz))  # the mistake

    found = check_backward(forward, backward, (np.random.default_rng(0).normal(size=(4, 3)),), quick=True)
    assert [cause.source.text for cause in found.causes] == ["return sigmoid(1 - sigmoid(next_dz))  # the mistake"]


@pytest.mark.rest(of=3)
def test_a_slip_in_a_long_loop_is_told_at_its_line_alone():
    found = check_backward(*recurrent(60))
    assert [line for _, line in causes(found)] == [SLIP]
    assert f"+            {SLIP}.T\n" in found.patch
    assert {result.name for result in found.wrong} >= {"Wx", "Wh", "b"}


@pytest.mark.rest(of=3)
def test_a_slip_in_a_long_loop_is_told_at_its_line_alone_where_no_experiment_is_made():
    found = check_backward(*recurrent(60), quick=True)
    assert {line for _, line in causes(found)} == {SLIP}
    assert str(found).count("WRONG") == 1
