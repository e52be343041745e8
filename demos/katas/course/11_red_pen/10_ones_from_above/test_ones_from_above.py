"""The four layers under random upstream gradients, and under ones, where all was well."""

import numpy as np
import pytest
from ones_from_above import linear_backward, mean_backward, sigmoid_backward, square_backward

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

UPSTREAM = pytest.mark.parametrize("seed", [1, 2, 0], ids=["random", "random again", "ones"])


def draw(seed, shape):
    """Ones for seed 0, as in the tests that all of them passed; else random."""
    return np.ones(shape) if seed == 0 else np.random.default_rng(seed).normal(size=shape) * 1.4


def judge(out, made, grads, dout, call):
    L = label((out * dout).sum(), "L")
    out.grad = dout
    for node, gradient in zip(made, grads):
        node.grad = gradient
    check_gradients(L, nodes=[out, *made], call=f"{call} and filled in what it returned")


def leaves(*shapes):
    rng = np.random.default_rng(7)
    return [rng.normal(size=shape) for shape in shapes]


@UPSTREAM
def test_sigmoid(seed):
    (numbers,) = leaves((3, 2))
    with manual():
        x = array(numbers, "x")
        out = label(1.0 / (1.0 + np.exp(-x)), "out")
    dout = draw(seed, out.shape)
    with by_hand():
        dx = sigmoid_backward(out.data.copy(), dout.copy())
    judge(out, [x], [dx], dout, "sigmoid_backward(out, dout)")


@UPSTREAM
def test_square(seed):
    (numbers,) = leaves((2, 3))
    with manual():
        x = array(numbers, "x")
        out = label(x**2, "out")
    dout = draw(seed, out.shape)
    with by_hand():
        dx = square_backward(numbers.copy(), dout.copy())
    judge(out, [x], [dx], dout, "square_backward(x, dout)")


@UPSTREAM
def test_mean(seed):
    (numbers,) = leaves((4, 2))
    with manual():
        x = array(numbers, "x")
        out = label(x.mean(0), "out")
    dout = draw(seed, out.shape)
    with by_hand():
        dx = mean_backward(numbers.copy(), dout.copy())
    judge(out, [x], [dx], dout, "mean_backward(x, dout)")


@UPSTREAM
def test_linear(seed):
    numbers = leaves((3, 2), (2, 4), (4,))
    with manual():
        x, W, b = (array(data, name) for data, name in zip(numbers, "xWb"))
        out = label(x @ W + b, "out")
    dout = draw(seed, out.shape)
    with by_hand():
        grads = linear_backward(numbers[0].copy(), numbers[1].copy(), dout.copy())
    count = len(grads) if isinstance(grads, tuple) else grads
    assert count == 3, f"Called linear_backward(x, W, dout). It returned {count} arrays. Expected three: dx, dW and db."
    judge(out, [x, W, b], grads, dout, "linear_backward(x, W, dout)")
