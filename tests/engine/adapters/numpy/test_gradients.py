"""Which input each gradient that is given is of."""

import functools
import inspect

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.errors import CheckError

from ..collected.case import module
from .problem import Affine, B, W, X, causes, mse, mse_grads
from .theirs.usual import FORMS


@pytest.mark.drawn(2, rest=2)
@pytest.mark.parametrize(
    "names", ["W b", "dW db", "grad_W grad_b", "W_grad b_grad", "delta_W delta_b", "W_delta b_delta", "dL_dW dL_db"]
)
def test_a_gradient_is_known_by_a_name_before_or_after_its_own(names):
    for_W, for_b = names.split()

    def backward(W, b):
        return dict(zip((for_W, for_b), mse_grads(W, b).values()))

    def wrong(W, b):
        return dict(zip((for_W, for_b), (mse_grads(W, b)["W"], 2 * mse_grads(W, b)["b"])))

    assert check_backward(mse, backward, {"W": W, "b": B}).ok
    assert [name for name, _ in causes(check_backward(mse, wrong, {"W": W, "b": B}))] == ["b"]


@pytest.mark.rest
def test_gradients_may_come_as_a_tuple_in_the_order_of_the_inputs():
    assert check_backward(mse, lambda W, b: tuple(mse_grads(W, b).values()), {"W": W, "b": B}).ok
    swapped_shapes = check_backward(mse, lambda W, b: (mse_grads(W, b)["W"] * 3, mse_grads(W, b)["b"]), (W, B))
    assert [name for name, _ in causes(swapped_shapes)] == ["W"]


def test_inputs_may_be_nested_in_a_dict():
    def forward(params, X):
        return ((X @ params["W"] + params["b"]) ** 2).sum()

    def backward(params, X):
        dout = 2 * (X @ params["W"] + params["b"])
        grads = {}
        grads["dW"] = X.T @ dout
        grads["db"] = dout.sum(axis=1)
        return grads

    found = check_backward(forward, backward, {"params": {"W": W, "b": B}, "X": X})
    assert causes(found) == [("b", 'grads["db"] = dout.sum(axis=1)')]
    assert found.causes[0].slip.kind == "shape"


def test_a_class_may_keep_parameters_and_gradients_in_its_objects():
    layer = Affine()
    found = check_backward(layer.forward, layer.backward, (X,))
    assert causes(found) == [("b", "self.db = dout.mean(axis=0)")]
    assert set(vars(layer)) == {"W", "b"}
    assert (layer.W == W).all()
    assert type(layer.W) is np.ndarray


@pytest.mark.rest
def test_a_class_may_be_reached_through_a_closure():
    layer = Affine()
    found = check_backward(lambda x: layer.forward(x), lambda dout: layer.backward(dout), {"x": X})
    assert causes(found) == [("b", "self.db = dout.mean(axis=0)")]
    assert set(vars(layer)) == {"W", "b"}


@pytest.fixture
def made_alone(tmp_path):
    """Functions and inputs of a form, from a file of its own: a check reads all of the file in which it finds them."""

    def made(form):
        path = tmp_path / f"their_{form.__name__}.py"
        _, *lines = inspect.getsourcelines(form)[0]
        path.write_text("".join(["import numpy as np\n\n\n", *lines]), "utf-8")
        return getattr(module(path), form.__name__)(np.random.default_rng(5))

    return made


@pytest.mark.drawn(6, rest=20)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_right_code_in_a_usual_signature_is_right(form, made_alone):
    forward, backward, inputs = made_alone(form)
    found = check_backward(forward, backward, inputs)
    assert found.ok, str(found)


@pytest.mark.drawn(4)
@pytest.mark.parametrize("form", FORMS[::4], ids=lambda form: form.__name__)
def test_a_wrong_number_among_those_that_are_returned_is_not_called_right(form, made_alone):
    forward, backward, inputs = made_alone(form)

    @functools.wraps(forward if backward is None else backward)
    def wrong(*given, **named):
        result = (forward if backward is None else backward)(*given, **named)
        if isinstance(result, dict):
            return {name: 1.5 * one for name, one in result.items()}
        return (*result[:-1], 1.5 * result[-1]) if isinstance(result, (tuple, list)) else 1.5 * result

    try:
        found = check_backward(*((wrong, None) if backward is None else (forward, wrong)), inputs, quick=True)
    except CheckError as error:
        found = error
    assert "Which gradient is returned" in str(found) or not found.ok, str(found)


def test_a_gradient_of_the_prediction_with_the_other_sign_is_not_taken_for_that_of_the_target():
    rng = np.random.default_rng(0)

    def mse(y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)

    def wrong(y_true, y_pred):
        return 2 * (y_true - y_pred) / len(y_true)

    found = check_backward(mse, wrong, (rng.normal(size=4), rng.normal(size=4)), quick=True)
    assert causes(found) == [("y_pred", "return 2 * (y_true - y_pred) / len(y_true)")]


def test_what_may_be_the_gradient_of_either_of_two_inputs_and_is_that_of_neither_is_a_question():
    p, q = np.array([0.2, 0.8]), np.array([0.4, 0.6])
    with pytest.raises(CheckError, match=r"Which gradient is returned first\?.*\{\"p\": dp\}"):
        check_backward(lambda p, q: (p * np.log(p / q)).sum(), lambda p, q: -p * q, (p, q))


def test_the_gradients_of_two_numbers_in_one_array_are_a_question():
    def f(x, y):
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def df(x, y):
        return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])

    with pytest.raises(CheckError, match=r"shape \(2,\) first, which may be the gradient of any input \(x and y\)"):
        check_backward(f, df, (-1.2, 1.0))


def test_what_is_returned_beside_the_gradients_of_inputs_is_said_not_to_be_checked():
    def both(X, w):
        z = X @ w
        dz = 2 * z
        dw = X.T @ dz
        return (z**2).sum(), dz, dw

    found = check_backward(both, None, (X, W))
    assert found.ok
    assert found.remark.startswith("dz is returned too, and not checked")


def test_the_last_states_beside_gradients_in_a_tuple_are_no_gradients_of_the_first_ones():
    def step(W, first, carried):
        hs, cs, last = {-1: first}, {-1: carried}, 1
        for t in range(2):
            cs[t] = 0.5 * cs[t - 1] + W @ hs[t - 1]
            hs[t] = np.tanh(cs[t])
        dW, dc = np.zeros_like(W), (1 - hs[1] ** 2) * 2 * hs[1]
        for t in (1, 0):
            dW += np.outer(dc, hs[t - 1])
            dc = 0.5 * dc + (W.T @ dc * (1 - hs[t - 1] ** 2) if t else 0.0)
        return (hs[1] ** 2).sum(), (dW,), hs[last], cs[last]

    start = np.random.default_rng(3)
    found = check_backward(step, None, (start.normal(size=(3, 3)), start.normal(size=3), start.normal(size=3)))
    assert found.ok
    assert found.remark.startswith("hs[] and cs[] are returned too, and not checked")


def test_gradients_of_what_an_object_keeps_are_told_apart_by_their_values_and_it_is_as_it_was():
    class Layer:
        def __init__(self):
            self.W = np.random.default_rng(1).normal(size=(3, 3))

        def forward(self, x):
            self.x = x
            return x @ self.W

        def backward(self, dout):
            return self.x.T @ dout, dout @ self.W.T

    layer, x = Layer(), np.random.default_rng(2).normal(size=(3, 3))
    before = layer.W.copy()
    found = check_backward(layer.forward, layer.backward, (x,))
    assert found.ok, str(found)
    assert {result.name for result in found.results if result.node.is_leaf} >= {"x", "W"}
    assert np.array_equal(layer.W, before)
    assert set(vars(layer)) == {"W"}


def test_the_loss_may_come_after_a_dict_of_gradients():
    def propagate(w, X):
        out = X @ w
        return {"dw": 2 * X.T @ out}, (out**2).sum()

    assert check_backward(propagate, None, (W, X)).ok


def test_a_wrong_gradient_whose_name_is_short_for_an_input_is_checked():
    def forward(x, weight):
        return np.tanh(x) * weight, x

    def backward(dy, x):
        dx = dy * np.array([1.5, -0.5]) * (1 - np.tanh(x) ** 2)
        dw = np.sum(dy * x, axis=0)
        return dx, dw

    found = check_backward(forward, backward, (np.ones((3, 2)) * 0.3, np.array([1.5, -0.5])), quick=True)
    assert [result.name for result in found.wrong] == ["weight"]


def test_a_wrong_gradient_is_not_taken_for_that_of_a_mask():
    def forward(logits, mask):
        p = 1 / (1 + np.exp(-logits))
        return np.mean(p * mask), (p, mask)

    def backward(cache):
        p, mask = cache
        return mask * p / p.size  # the mistake: * (1 - p)

    (cause,) = check_backward(forward, backward, {"logits": X, "mask": (X > 0).astype(float)}).causes
    assert cause.source.line == backward.__code__.co_firstlineno + 2


def test_a_gradient_under_another_name_in_the_place_and_shape_of_an_input_is_its_own():
    def forward(first, w, b):
        states = [first]
        for _ in range(3):
            states.append(np.tanh(states[-1] @ w + b))
        return states[-1], (states, w)

    def backward(d, cache):
        states, w = cache
        lam, dw, db = d, np.zeros_like(w), np.zeros(len(w))
        for before, after in zip(states[-2::-1], states[:0:-1]):
            dz = lam * (1 - after**2)
            dw += before.T @ dz
            db += dz.sum(0)
            lam = dz @ w.T
        return lam, dw, db

    def wrong(d, cache):
        lam, dw, db = backward(d, cache)
        lam = 2 * lam
        return lam, dw, db

    inputs = (0.3 * np.ones((2, 3)), np.random.default_rng(4).normal(size=(3, 3)), np.ones(3))
    assert check_backward(forward, backward, inputs, quick=True).ok
    found = check_backward(forward, wrong, inputs, quick=True)
    assert [result.name for result in found.wrong] == ["first"]
    assert "not checked" not in found.remark
