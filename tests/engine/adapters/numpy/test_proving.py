"""What experiments prove of a backward, and what is true at a point."""

import numpy as np

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
    assert [cause.line for cause in proof.causes] == [gradients.__code__.co_firstlineno + 3]
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
