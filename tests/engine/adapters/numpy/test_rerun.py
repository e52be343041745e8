"""A forward and a backward run once more."""

from functools import partial

import numpy as np
import pytest

from handgrad.adapters.numpy.calling import Inputs
from handgrad.adapters.numpy.check import _Check

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))


def again(forward, backward, inputs):
    checked = _Check(forward, backward, Inputs(inputs, forward), np.random.default_rng(0), "ones").check()
    return partial(checked.run.again, checked.state)


class Layer:
    """It keeps its parameter, its gradient and how often it ran."""

    def __init__(self):
        self.W, self.runs = np.random.default_rng(1).normal(size=(3, 2)), 0

    def forward(self, x):
        self.runs += 1
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T


def test_it_gives_every_gradient_by_the_name_of_what_it_is_of():
    layer = Layer()
    found = again(layer.forward, layer.backward, {"x": X})(lambda: None)
    assert set(found.gradients) == {"x", "W"}
    assert np.allclose(found.gradients["W"], X.T @ np.ones((4, 2)))
    assert np.allclose(found.results[0], X @ layer.W)


def test_the_same_each_time_and_everything_is_put_back():
    layer = Layer()
    run = again(layer.forward, layer.backward, {"x": X})
    first, second = run(lambda: None), run(lambda: None)
    assert all(np.array_equal(first.gradients[name], second.gradients[name]) for name in ("x", "W"))
    assert layer.runs == 0
    assert not hasattr(layer, "dW")


def test_it_says_where_the_backward_begins():
    layer, seen = Layer(), []
    again(layer.forward, layer.backward, {"x": X})(lambda: seen.append(hasattr(layer, "dW")))
    assert seen == [False]


def test_what_an_error_leaves_is_put_back_too():
    layer = Layer()
    run = again(layer.forward, layer.backward, {"x": X})

    def fails():
        layer.W[...] = 0.0
        raise RuntimeError

    before = layer.W.copy()
    with pytest.raises(RuntimeError):
        run(fails)
    assert np.array_equal(layer.W, before)
    assert layer.runs == 0


def test_a_step_that_the_backward_makes_is_a_gradient():
    class Stepping(Layer):
        def backward(self, dout, lr):
            self.W -= lr * (self.x.T @ dout)
            return dout @ self.W.T

    layer = Stepping()
    found = again(layer.forward, layer.backward, {"x": X})(lambda: None)
    assert np.allclose(found.gradients["W"], X.T @ np.ones((4, 2)))


def test_what_is_returned_is_a_copy():
    held = np.ones(3)
    run = again(lambda x: float(np.sum(x)), lambda x: {"x": held}, {"x": np.ones(3)})
    first = run(lambda: None)
    first.gradients["x"][...] = 5.0
    assert held.tolist() == [1.0, 1.0, 1.0]
