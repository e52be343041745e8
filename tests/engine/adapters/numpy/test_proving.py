"""What experiments prove of a backward, and what is true at a point."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy.calling import Inputs
from handgrad.adapters.numpy.check import _Check
from handgrad.adapters.numpy.proving import prove
from handgrad.repair.deadline import Deadline

from .problem import B, W, X, Y

GIVEN = {"W": W, "b": B}


def loss(W, b):
    out = np.tanh(X @ W + b)
    return np.mean((out - Y) ** 2)


def gradients(W, b):
    out = np.tanh(X @ W + b)
    dout = 2.0 * (out - Y) / Y.size
    dz = dout * (1.0 - out)
    return {"W": X.T @ dz, "b": dz.sum(axis=0)}


def right(W, b):
    out = np.tanh(X @ W + b)
    dz = 2.0 * (out - Y) / Y.size * (1.0 - out**2)
    return {"W": X.T @ dz, "b": dz.sum(axis=0)}


def checked(backward):
    one = _Check(loss, backward, Inputs(GIVEN, loss), np.random.default_rng(0))
    return one.check()


def test_the_truth_is_of_the_forward_alone_and_right_gradients_are_right():
    here = checked(gradients)
    point = here.point()
    assert point.names == {"W", "b"}
    assert point.wrong(point.run(lambda: None)) == {"W", "b"}
    other = checked(right).point()
    assert not other.wrong(other.run(lambda: None))
    assert not point.is_right("b", right(**GIVEN)["b"][None])


def test_what_is_known_are_data_gradients_and_multiples_before_a_mean():
    known = list(checked(gradients).known_numbers())
    assert {one.kind for one in known} == {"data", "gradient", "multiple"}
    out = np.tanh(X @ W + B)
    assert any(one.kind == "data" and np.allclose(one.array, out) for one in known if np.shape(one.array) == out.shape)


def test_the_line_is_proven_and_the_fixed_run_is_shown():
    proof = prove(checked(gradients), lambda: [], Deadline())
    assert proof.is_whole
    assert [cause.source.line for cause in proof.causes] == [gradients.__code__.co_firstlineno + 3]
    out = np.tanh(X @ W + B)
    dz = 2.0 * (out - Y) / Y.size * (1.0 - out**2)
    first, fixed = (
        [value for _, value in run.seen if np.shape(value) == dz.shape] for run in (proof.shown, proof.fixed)
    )
    assert any(np.allclose(value, dz) for value in fixed)
    assert not any(np.allclose(value, dz) for value in first)


def test_without_time_nothing_is_proven():
    proof = prove(checked(gradients), lambda: [], Deadline(work=-1.0))
    assert proof.is_late
    assert not proof.causes
    assert proof.fixed is None


@pytest.mark.rest(of=3)
def test_a_delta_may_be_of_what_goes_into_an_activation_too():
    def loss(W1, W2):
        h = 1 / (1 + np.exp(-(X @ W1)))
        return 0.5 * ((h @ W2 - Y) ** 2).sum()

    def gradients(W1, W2):
        h = 1 / (1 + np.exp(-(X @ W1)))
        out_delta = h @ W2 - Y
        h_delta = out_delta @ W2.T
        return {"W1": X.T @ h_delta, "W2": h.T @ out_delta}

    rng = np.random.default_rng(3)
    inputs = {"W1": rng.normal(size=(X.shape[1], 3)), "W2": rng.normal(size=(3, Y.shape[1]))}
    (cause,) = check_backward(loss, gradients, inputs).causes
    line = gradients.__code__.co_firstlineno + 3
    assert cause.source[1] == line or f"either line {line} or line {line + 1}" in cause.slip.message
