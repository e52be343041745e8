"""Batch norm step by step: the learner's arrays, put into the same graph made of Values."""

import numpy as np
import pytest
from batchnorm_steps import batchnorm_steps

from handgrad import Value, manual
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "batchnorm_steps(diff, var, inv, raw, gain, dout)"


def nodes(name, array):
    """An array of leaves, labelled name[row][column]."""
    made = np.empty(array.shape, dtype=object)
    for place, number in np.ndenumerate(array):
        made[place] = Value(number)
    return name_all(name, made)


def name_all(name, array):
    for place, node in np.ndenumerate(array):
        node.label = name + "".join(f"[{i}]" for i in place)
    return array


def numbers(array):
    return np.array([node.data for node in array.ravel()]).reshape(array.shape)


def fill(name, array, gradients):
    """Put an array of gradients into its nodes; None leaves them unfilled."""
    if gradients is None:
        return
    shape = np.shape(gradients)
    assert shape == array.shape, (
        f"Called {CALL}. The gradient of {name} came back with shape {shape}. Expected {array.shape}, the shape of "
        f"{name} itself. What was broadcast forward is summed backward, with keepdims=True."
    )
    for node, gradient in zip(array.ravel(), np.ravel(gradients)):
        node.grad = float(gradient)


@pytest.mark.parametrize(("n", "width", "seed"), [(4, 2, 1), (5, 2, 2), (4, 3, 3), (6, 2, 4), (5, 1, 5)])
def test_every_step_has_its_gradient(n, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(n, width)) * 1.3
    with manual():
        made = {"x": nodes("x", rng.normal(size=(n, width)) * 1.7)}
        made["gain"] = nodes("gain", rng.uniform(1.2, 1.8, size=(1, width)))
        made["bias"] = nodes("bias", rng.uniform(0.2, 0.8, size=(1, width)))
        made["mean"] = made["x"].sum(0, keepdims=True) / n
        made["diff"] = made["x"] - made["mean"]
        made["diff2"] = made["diff"] ** 2
        made["var"] = made["diff2"].sum(0, keepdims=True) / (n - 1)
        made["inv"] = (made["var"] + 1e-5) ** -0.5
        made["raw"] = made["diff"] * made["inv"]
        made["out"] = made["gain"] * made["raw"] + made["bias"]
        L = (made["out"] * dout).sum()
    for name, array in made.items():
        name_all(name, array)
    L.label = "L"
    values = {name: numbers(made[name]) for name in ("diff", "var", "inv", "raw", "gain")}
    with by_hand():
        grads = batchnorm_steps(**values, dout=dout.copy())
    assert isinstance(grads, dict), (
        f"Called {CALL}. It returned a {type(grads).__name__}. Expected a dict of arrays by name."
    )
    fill("out", made["out"], dout)
    for name, array in made.items():
        if name != "out":
            fill(name, array, grads.get(name))
    order = ("out", "bias", "gain", "raw", "inv", "var", "diff2", "diff", "mean", "x")
    check_gradients(L, nodes=[node for name in order for node in made[name].ravel()], call=CALL)
