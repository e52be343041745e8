"""RMSNorm on random rows."""

import numpy as np
import pytest
from rmsnorm import rmsnorm

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("gain", "norm", "x")
CALL = "rmsnorm(x, gain, dout)"


@pytest.mark.parametrize(("rows", "width", "seed"), [(3, 5, 1), (5, 3, 2), (4, 6, 3), (1, 5, 4), (6, 2, 5)])
def test_gain_norm_and_input(rows, width, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(rows, width)) * 1.3
    with manual():
        x = array(rng.normal(size=(rows, width)) * 1.7, "x")
        gain = array(rng.uniform(1.2, 1.8, size=width), "gain")
        inv = label(((x**2).mean(-1, keepdims=True) + 1e-5) ** -0.5, "inv")
        norm = label(x * inv, "norm")
        out = label(gain * norm, "out")
        L = label((out * dout).sum(), "L")
    made = {"gain": gain, "norm": norm, "x": x}
    with by_hand():
        grads = rmsnorm(x.data.copy(), gain.data.copy(), dout.copy())
    check_names(grads, GRADIENTS, CALL)
    size = size_of_mean(x.data, dout, grads.get("gain"))
    assert size in (None, width), (
        f"Called {CALL}. The gradient of gain is that of a norm in which the squares of a row are added up and divided "
        f"by {size}. A row has {width} entries: what does your inv divide by?"
    )
    out.grad = dout
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    dnorm = gain.data * dout
    over_all = inv.data * (dnorm - norm.data * (dnorm * norm.data).mean())
    words = "you took the mean of dnorm*norm over the whole array: along what is the mean square of x taken?"
    check_gradients(
        L,
        nodes=[out, *made.values()],
        call=f"{CALL} and filled in what it returned",
        known=[(x, over_all, words)],
    )


def size_of_mean(x, dout, dgain):
    """By which number the mean square was divided that a gradient of gain is computed with; None for no such one."""
    for size in range(1, 50) if np.shape(dgain) == (x.shape[1],) else ():
        norm = x * ((x**2).sum(-1, keepdims=True) / size + 1e-5) ** -0.5
        if np.allclose((dout * norm).sum(0), np.asarray(dgain, dtype=float)):
            return size
    return None
