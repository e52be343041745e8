"""Layer norm step by step: the learner's arrays, put into the same steps made of nodes."""

import numpy as np
import pytest
from layernorm_steps import layernorm_steps

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "layernorm_steps(diff, var, inv, norm, gain, dout)"
PARTS = (
    ("bias", "gain", "norm"),
    ("inv", "var", "diff2"),
    ("diff", "mean", "x"),
)
STEPS = tuple(name for part in PARTS for name in part)


def build(rows, width, seed):
    """The loss, every array by its name, and the upstream gradient of the last."""
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(rows, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(rows, width)) * 1.7, "x")
        gain = array(rng.uniform(1.2, 1.8, size=width), "gain")
        bias = array(rng.uniform(0.2, 0.8, size=width), "bias")
        mean = label(x.mean(1, keepdims=True), "mean")
        diff = label(x - mean, "diff")
        diff2 = label(diff**2, "diff2")
        var = label(diff2.mean(1, keepdims=True), "var")
        inv = label((var + 1e-5) ** -0.5, "inv")
        norm = label(diff * inv, "norm")
        out = label(gain * norm + bias, "out")
        L = label((out * dout).sum(), "L")
    made = (x, gain, bias, mean, diff, diff2, var, inv, norm, out)
    return L, {node.label: node for node in made}, dout


@pytest.mark.parametrize(("rows", "width", "seed"), [(3, 5, 1), (5, 3, 2), (4, 6, 3), (6, 4, 4), (1, 5, 5)])
def test_every_step_has_its_gradient(rows, width, seed):
    L, made, dout = build(rows, width, seed)
    values = {name: made[name].data.copy() for name in ("diff", "var", "inv", "norm", "gain")}
    with by_hand():
        grads = layernorm_steps(**values, dout=dout.copy())
    check_names(grads, STEPS, CALL)
    made["out"].grad = dout
    for name in STEPS:
        made[name].grad = grads.get(name)
    check_gradients(L, nodes=made.values(), call=f"{CALL} and filled in what it returned", parts=PARTS)
