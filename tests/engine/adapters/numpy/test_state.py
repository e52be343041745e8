"""Whatever their functions reach is as it was."""

import copy
import random

import numpy as np
import pytest

from handgrad import check_backward

from .problem import Affine, W, X, causes


@pytest.mark.rest
def test_nothing_is_left_behind():
    layer = Affine()
    rng = np.random.default_rng(5)
    given = {"x": X.copy(), "param": {"seen": []}}
    functions = {name: getattr(np, name) for name in ("zeros", "array", "asarray", "sum")}

    def forward(x, param):
        param["seen"].append(1)
        mask = (np.random.rand(*x.shape) < 0.5) * rng.random() * random.random()
        return np.sum(layer.forward(x * mask) ** 2), mask

    def backward(mask):
        dout = layer.backward(np.ones((6, 2)))
        return {"x": dout * mask}

    before = (np.random.get_state()[1].tolist(), random.getstate(), copy.deepcopy(rng.bit_generator.state))
    check_backward(forward, backward, given)
    assert (np.random.get_state()[1].tolist(), random.getstate(), rng.bit_generator.state) == before
    assert given["param"] == {"seen": []}
    assert (given["x"] == X).all()
    assert set(vars(layer)) == {"W", "b"}
    assert all(getattr(np, name) is function for name, function in functions.items())
    assert globals()["np"] is np
    assert type(X) is np.ndarray


def test_what_stands_in_a_tuple_or_a_set_is_put_back_too():
    class Seen:
        count = 0

        def add(self):
            self.count += 1

    seen, inner = ([],), Seen()
    marks = {inner}

    def forward(x):
        seen[0].append(1)
        for mark in marks:
            mark.add()
        return np.sum(x**2), x

    assert check_backward(forward, lambda cache: 2.0 * cache, {"x": X}).ok
    assert seen == ([],)
    assert inner.count == 0


def test_dropout_is_asked_with_one_mask():
    def forward(x, w):
        mask = (np.random.rand(*x.shape) < 0.6) / 0.6
        return (x * mask) @ w, (x, w, mask)

    def backward(dout, cache):
        x, w, mask = cache
        return dout @ w.T * mask, (x * mask).T @ dout

    def wrong(dout, cache):
        x, w, mask = cache
        dx = dout @ w.T * (mask > 0)
        return dx, (x * mask).T @ dout

    assert check_backward(forward, backward, (X, W)).ok
    assert causes(check_backward(forward, wrong, (X, W))) == [("x", "dx = dout @ w.T * (mask > 0)")]
