"""How people write a forward and a backward, and call them."""

import functools

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.errors import CheckError, UserCodeError

from .problem import B, W, X, Y, causes, mse, mse_grads


def test_a_loss_may_have_a_cache():
    def forward(W, b):
        err = X @ W + b - Y
        return (err**2).mean(), err

    def backward(err):
        derr = 2 * err / err.size
        return {"W": X.T @ derr, "b": derr.mean(axis=0)}

    assert causes(check_backward(forward, backward, {"W": W, "b": B})) == [
        ("b", 'return {"W": X.T @ derr, "b": derr.mean(axis=0)}')
    ]


@pytest.mark.rest(of=3)
def test_one_function_may_give_loss_and_gradients():
    def loss(W, b):
        err = X @ W + b - Y
        derr = 2 * err
        return (err**2).mean(), {"W": X.T @ derr / err.size, "b": derr.sum(axis=0)}

    for backward in (None, loss):
        assert [name for name, _ in causes(check_backward(loss, backward, {"W": W, "b": B}))] == ["b"]


def test_a_forward_may_take_all_of_its_parameters_as_one_dict():
    def forward(params):
        return ((X @ params["W"] + params["b"]) ** 2).sum()

    def backward(params):
        dout = 2 * (X @ params["W"] + params["b"])
        return {"W": X.T @ dout, "b": dout.sum(axis=0)}

    assert check_backward(forward, backward, {"W": W, "b": B}).ok


def test_a_layer_may_give_its_output_alone():
    def forward(x, w):
        return np.tanh(x @ w)

    def backward(dout, x, w):
        dz = dout * (1 - np.tanh(x @ w) ** 2)
        dx = dz @ w.T
        dw = x.T @ dout
        return dx, dw

    assert causes(check_backward(forward, backward, (X, W))) == [("w", "dw = x.T @ dout")]


def test_a_backward_may_take_what_forward_took_an_only_input_as_it_is_and_several_in_a_tuple():
    def backward(dout, inputs):
        x, w = inputs
        return dout @ w.T, x.T @ dout

    assert check_backward(lambda x: x**2, lambda dout, taken: 2.0 * taken * dout, (X,)).ok
    assert check_backward(lambda x, w: x @ w, backward, (X, W)).ok


def test_an_array_before_a_dict_of_gradients_is_a_gradient_too_and_no_loss():
    def forward(x, params):
        return x @ params["W"] + params["b"]

    def backward(dout, x, params):
        dx = 3.0 * dout @ params["W"].T
        return dx, {"W": x.T @ dout, "b": dout.sum(axis=0)}

    found = check_backward(forward, backward, (X, {"W": W, "b": B}))
    assert causes(found) == [("x", 'dx = 3.0 * dout @ params["W"].T')]
    assert {"W", "b"} <= {result.name for result in found.arrays}


def test_scores_before_a_dict_of_gradients_are_none():
    def backward(dout, x, params):
        scores = x @ params["W"]
        return scores, {"x": dout @ params["W"].T, "W": x.T @ dout}

    assert check_backward(lambda x, params: x @ params["W"], backward, (X, {"W": W})).ok


def test_a_layer_that_ignores_what_arrives_is_caught_by_random_upstream_gradients():
    def forward(x):
        return np.maximum(x, 0), x

    def backward(dout, cache):
        dx = (cache > 0) * 1.0
        return dx

    assert causes(check_backward(forward, backward, (X,))) == [("x", "dx = (cache > 0) * 1.0")]
    assert check_backward(forward, backward, (X,), upstream="ones").ok


def test_an_upstream_gradient_may_be_given():
    def forward(x):
        return x * 3, None

    def backward(dout, cache):
        assert (dout == 2.0).all()
        return dout * 3

    assert check_backward(forward, backward, (X,), upstream=np.full(X.shape, 2.0)).ok
    with pytest.raises(CheckError, match="upstream"):
        check_backward(forward, backward, (X,), upstream=np.ones(3))


@pytest.mark.rest(of=3)
def test_a_layer_may_have_several_outputs():
    def forward(x, w):
        a = x @ w
        return np.tanh(a), np.exp(a), (x, w, a)

    def backward(dt, de, cache):
        x, w, a = cache
        da = dt * (1 - np.tanh(a) ** 2) + de
        return da @ w.T, x.T @ da

    assert causes(check_backward(forward, backward, (X, W))) == [("a", "da = dt * (1 - np.tanh(a) ** 2) + de")]


def test_several_outputs_may_come_in_a_tuple_of_their_own():
    def forward(x, w):
        a = x @ w
        return (np.tanh(a), np.exp(a)), (x, w, a)

    def backward(dt, de, cache):
        x, w, a = cache
        da = dt * (1 - np.tanh(a) ** 2) + de * np.exp(a)
        return da @ w.T, x.T @ da

    assert check_backward(forward, backward, (X, W)).ok
    assert not check_backward(forward, lambda dt, de, cache: backward(dt, 2 * de, cache), (X, W)).ok


@pytest.mark.rest(of=3)
def test_a_partial_and_a_callable_object_are_functions_too():
    class Loss:
        def __call__(self, W, b):
            return mse(W, b)

    def backward(scale, W, b):
        return {name: scale * g for name, g in mse_grads(W, b).items()}

    assert check_backward(Loss(), functools.partial(backward, 1.0), {"W": W, "b": B}).ok
    assert len(check_backward(Loss(), functools.partial(backward, 2.0), {"W": W, "b": B}).causes) >= 1


def test_an_error_of_theirs_is_told_by_the_name_of_their_function():
    def my_loss(W):
        raise KeyError("W1")

    with pytest.raises(UserCodeError, match="my_loss raised KeyError"):
        check_backward(my_loss, lambda W: W, {"W": W})
    with pytest.raises(UserCodeError, match="forward raised ZeroDivisionError"):
        check_backward(lambda W: 1 / 0, lambda W: W, {"W": W})


@pytest.mark.parametrize("name", ["next_dz", "top", "chain"])
def test_what_a_backward_takes_beside_an_input_is_what_arrives(name):
    space = {"np": np}
    exec(f"def backward({name}, z):\n    return {name} * (1 - np.tanh(z) ** 2)\n", space)
    assert check_backward(lambda z: (np.tanh(z), z), space["backward"], (X,)).ok


class Kept:
    """A loss whose object keeps what its backward needs."""

    def forward(self, x):
        self.out = np.tanh(x)
        return (self.out**2).sum() / 3.0

    def backward(self, arriving):
        return arriving * 2.0 * self.out * (1.0 - self.out**2) / 3.0


@pytest.mark.parametrize("name", ["gloss", "gL", "g_out", "dy", "up", "loss_grad", "seed"])
def test_what_a_backward_takes_whose_object_keeps_the_rest_arrives_for_the_loss(name):
    space = {"Kept": Kept}
    exec(
        f"class Named(Kept):\n    def backward(self, {name}):\n        return super().backward({name})\n"
        f"def backward({name}, cache):\n    return cache.backward({name})\n",
        space,
    )
    kept = space["Named"]()
    assert check_backward(kept.forward, kept.backward, (X,)).ok
    assert check_backward(lambda x: kept.forward(x), lambda seed: kept.backward(seed), (X,)).ok
    assert check_backward(lambda x: (kept.forward(x), kept), space["backward"], (X,)).ok


def test_where_a_backward_fails_with_one_thing_for_its_only_parameter_it_is_called_with_the_other():
    class Asked(Kept):
        def forward(self, x, w):
            return super().forward(x @ w)

        def backward(self, stuff):
            x, w = stuff
            dz = super().backward(1.0)
            return dz @ w.T, x.T @ dz

    tape, asked = [], Asked()

    def forward(x, w):
        tape.append((x, w))
        return np.tanh(x @ w).sum()

    def backward(top):
        x, w = tape.pop()
        dz = top * (1.0 - np.tanh(x @ w) ** 2)
        return dz @ w.T, x.T @ dz

    assert check_backward(asked.forward, asked.backward, (X, W)).ok
    assert check_backward(forward, backward, (X, W)).ok
