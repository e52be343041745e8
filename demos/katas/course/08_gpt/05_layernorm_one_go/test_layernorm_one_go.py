"""Layer norm in closed form: two things that must sum to 0, and then every gradient."""

from itertools import product

import numpy as np
import pytest
from layernorm_one_go import layernorm_one_go

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients

CALL = "layernorm_one_go(norm, inv, gain, dout)"


def check_the_sums(dx, norm):
    """What must hold whatever the numbers."""
    if np.shape(dx) != norm.shape:
        return
    dx = np.asarray(dx)
    for t in range(len(norm)):
        size = np.abs(dx[t]).sum()
        total, along = dx[t].sum(), (dx[t] * norm[t]).sum()
        assert abs(total) <= 1e-9 * size, (
            f"Called {CALL}. Row {t} of dx sums to {total:.6g}. Expected 0: shift a whole row of x and the mean takes "
            "the shift away, so it cannot move the loss. Look at the path through the mean, and where the gain goes in."
        )
        assert abs(along) <= 1e-3 * size, (
            f"Called {CALL}. Row {t} of dx*norm sums to {along:.6g}. Expected nearly 0: stretch a row about its mean "
            "and the spread takes it away, so it cannot move the loss. Look at the path through the spread."
        )


def usual(norm, inv, gain, dout):
    """What means over other axes give, each with words."""
    dnorm = dout * gain
    over = {1: "", 0: "down each column, as in batch norm", None: "over the whole array"}
    for shift, stretch in product(over, repeat=2):
        dx = inv * (dnorm - dnorm.mean(shift, keepdims=True) - norm * (dnorm * norm).mean(stretch, keepdims=True))
        means = (("dnorm", over[shift]), ("dnorm*norm", over[stretch]))
        wrong = " and ".join(f"the mean of {name} {where}" for name, where in means if where)
        if shift == stretch:
            wrong = f"both means {over[shift]}"
        yield dx, f"you took {wrong}: along what are the mean and the spread of layer norm taken?"


@pytest.mark.parametrize(("rows", "width", "seed"), [(3, 5, 1), (5, 3, 6), (4, 6, 3), (6, 4, 4), (1, 5, 5)])
def test_the_input_has_its_gradient(rows, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(rows, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(rows, width)) * 1.7, "x")
        gain = array(rng.uniform(0.6, 1.8, size=width), "gain")
        bias = array(rng.uniform(0.2, 0.8, size=width), "bias")
        diff = label(x - label(x.mean(1, keepdims=True), "mean"), "diff")
        inv = label(((diff**2).mean(1, keepdims=True) + 1e-5) ** -0.5, "inv")
        norm = label(diff * inv, "norm")
        out = label(gain * norm + bias, "out")
        L = label((out * dout).sum(), "L")
    with by_hand():
        dx = layernorm_one_go(norm.data.copy(), inv.data.copy(), gain.data.copy(), dout.copy())
    x.grad = dx
    check_gradients(
        L,
        nodes=[x],
        call=f"{CALL} and filled in what it returned",
        properties=lambda: check_the_sums(dx, norm.data),
        known=[(x, numbers, words) for numbers, words in usual(norm.data, inv.data, gain.data, dout)],
    )
