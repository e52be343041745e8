"""Which input each gradient that is given is of."""

import numpy as np
import pytest

from handgrad import check_backward

from .problem import Affine, B, W, X, causes, mse, mse_grads


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


def test_a_class_may_be_reached_through_a_closure():
    layer = Affine()
    found = check_backward(lambda x: layer.forward(x), lambda dout: layer.backward(dout), {"x": X})
    assert causes(found) == [("b", "self.db = dout.mean(axis=0)")]
    assert set(vars(layer)) == {"W", "b"}
