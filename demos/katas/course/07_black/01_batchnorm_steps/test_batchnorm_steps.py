"""Batch norm step by step: the learner's arrays, put into the same steps made of nodes."""

import numpy as np
import pytest
from batchnorm_steps import batchnorm_steps

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "batchnorm_steps(diff, var, inv, raw, gain, dout)"
PARTS = (
    ("bias", "gain", "raw"),
    ("inv", "var", "diff2"),
    ("diff", "mean", "x"),
)
STEPS = tuple(name for part in PARTS for name in part)


def build(n, width, seed):
    """The loss, every array by its name, and the upstream gradient of the last."""
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(n, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(n, width)) * 1.7, "x")
        gain = array(rng.uniform(1.2, 1.8, size=(1, width)), "gain")
        bias = array(rng.uniform(0.2, 0.8, size=(1, width)), "bias")
        mean = label(x.sum(0, keepdims=True) / n, "mean")
        diff = label(x - mean, "diff")
        diff2 = label(diff**2, "diff2")
        var = label(diff2.sum(0, keepdims=True) / (n - 1), "var")
        inv = label((var + 1e-5) ** -0.5, "inv")
        raw = label(diff * inv, "raw")
        out = label(gain * raw + bias, "out")
        L = label((out * dout).sum(), "L")
    made = (x, gain, bias, mean, diff, diff2, var, inv, raw, out)
    return L, {node.label: node for node in made}, dout


@pytest.mark.parametrize(("n", "width", "seed"), [(5, 3, 1), (4, 6, 2), (6, 4, 3), (7, 2, 4), (5, 1, 5)])
def test_every_step_has_its_gradient(n, width, seed):
    L, made, dout = build(n, width, seed)
    values = {name: made[name].data.copy() for name in ("diff", "var", "inv", "raw", "gain")}
    with by_hand():
        grads = batchnorm_steps(**values, dout=dout.copy())
    check_names(grads, STEPS, CALL)
    made["out"].grad = dout
    for name in STEPS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=made.values(), call=f"{CALL} and filled in what it returned", parts=PARTS)
