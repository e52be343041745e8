"""`check_backward` on all sorts of gradients."""

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.manual import ByHandError, by_hand

from .problem import B, W, X, causes, mse, mse_grads


def test_an_all_zero_gradient_is_wrong():
    def backward(W, b):
        dW = np.zeros_like(W)
        db = mse_grads(W, b)["b"]
        return {"W": dW, "b": db}

    assert causes(check_backward(mse, backward, {"W": W, "b": B})) == [("W", "dW = np.zeros_like(W)")]


@pytest.mark.rest(of=3)
def test_a_gradient_of_another_shape_is_wrong():
    def backward(W, b):
        dW = mse_grads(W, b)["W"].T
        db = mse_grads(W, b)["b"].reshape(1, -1)
        return {"W": dW, "b": db}

    found = check_backward(mse, backward, {"W": W, "b": B})
    assert sorted(causes(found)) == [
        ("W", 'dW = mse_grads(W, b)["W"].T'),
        ("b", 'db = mse_grads(W, b)["b"].reshape(1, -1)'),
    ]
    assert {result.slip.kind for result in found.causes} == {"shape"}


def test_a_gradient_that_is_not_finite_is_wrong():
    def backward(W, b):
        grads = mse_grads(W, b)
        grads["W"][0, 0] = np.nan
        return grads

    assert [name for name, _ in causes(check_backward(mse, backward, {"W": W, "b": B}))] == ["W"]


def test_damage_to_the_cache_that_makes_a_gradient_wrong_is_placed():
    def forward(x, w):
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        x[x < 0] = 0
        dw = x.T @ dout
        return dout @ w.T, dw

    assert causes(check_backward(forward, backward, (X, W))) == [("w", "x[x < 0] = 0")]


@pytest.mark.rest(of=3)
def test_numbers_of_less_precision_are_judged_as_such():
    def forward(x, w, b):
        return np.tanh(x @ w + b), (x, w, b)

    def backward(dout, cache):
        x, w, b = cache
        dz = dout * (1 - np.tanh(x @ w + b) ** 2)
        return dz @ w.T, x.T @ dz, dz.sum(axis=0)

    def wrong(dout, cache):
        x, w, b = cache
        dz = dout * (1 - np.tanh(x @ w + b))
        return dz @ w.T, x.T @ dz, dz.sum(axis=0)

    single = [a.astype(np.float32) for a in (X, W, B)]
    assert check_backward(forward, backward, tuple(single)).ok
    assert {text for _, text in causes(check_backward(forward, wrong, tuple(single)))} == {
        "dz = dout * (1 - np.tanh(x @ w + b))"
    }


def test_a_loss_may_be_a_plain_number():
    assert check_backward(lambda W, b: float(mse(W, b)), mse_grads, {"W": W, "b": B}).ok
    assert check_backward(lambda W, b: mse(W, b).item(), mse_grads, {"W": W, "b": B}).ok


def test_more_points_find_what_one_hides():
    def forward(x):
        return np.maximum(x, 0).sum()

    def backward(x):
        return {"x": np.ones_like(x)}

    positive = {"x": np.full((4, 4), 0.5)}
    assert check_backward(forward, backward, positive).ok
    assert not check_backward(forward, backward, positive, points=5).ok


def test_at_a_kink_any_slope_will_do():
    x = X.copy()
    x[0] = 0.0

    def forward(x):
        return np.maximum(x, 0), x

    for slope in (0.0, 0.5, 1.0):

        def backward(dout, cache, slope=slope):
            return dout * np.where(cache == 0, slope, cache > 0)

        assert check_backward(forward, backward, (x,)).ok


def test_whole_numbers_among_the_inputs_may_ask_for_a_dot_product():
    xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

    def forward(w, x):
        return np.sum(x.dot(w) ** 2)

    def backward(w, x):
        return {"w": 2 * x.T.dot(x.dot(w))}

    found = check_backward(forward, backward, {"w": B.copy(), "x": xor})
    assert found.ok
    assert not found.remark


def test_an_input_that_nothing_depends_on_has_a_gradient_of_zeros():
    def forward(x, w):
        return (x**2).sum()

    right = {"x": X, "w": W}
    assert check_backward(forward, lambda x, w: {"x": 2 * x, "w": np.zeros_like(w)}, right).ok
    assert not check_backward(forward, lambda x, w: {"x": 2 * x, "w": w}, right).ok


def test_numbers_among_the_inputs_may_have_a_gradient():
    def forward(w, b):
        return (w * 3.0 + b - 1.0) ** 2

    def backward(w, b):
        err = w * 3.0 + b - 1.0
        return {"w": 2 * err * 3.0, "b": err}

    assert [name for name, _ in causes(check_backward(forward, backward, {"w": 0.7, "b": -0.2}))] == ["b"]


def test_a_loss_may_have_one_row_and_column():
    def forward(w):
        return X[:1] @ w @ np.ones((2, 1))

    assert check_backward(forward, lambda w: {"w": X[:1].T @ np.ones((1, 2))}, {"w": W}).ok


def test_the_table_shows_the_line():
    text = str(check_backward(mse, lambda W, b: {"W": mse_grads(W, b)["W"] * 2, "b": mse_grads(W, b)["b"]}, (W, B)))
    assert "test_check.py:" in text


def test_it_is_refused_where_gradients_are_to_be_worked_out_by_hand():
    with by_hand(), pytest.raises(ByHandError):
        check_backward(mse, mse_grads, {"W": W, "b": B})
