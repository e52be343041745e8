"""LSTMs of a few steps."""

import numpy as np
import pytest
from lstm import lstm

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "lstm(x, Wx, Wh, forward, dh)"


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def step(x, h, c, Wx, Wh, b, number):
    """One step, and every array of it by its name."""
    width = len(h.data)
    a = label(x @ Wx + h @ Wh + b, f"a{number}")
    i, f, o = (label(sigmoid(a[k * width : (k + 1) * width]), f"{gate}{number}") for k, gate in enumerate("ifo"))
    g = label(np.tanh(a[3 * width :]), f"g{number}")
    c2 = label(f * c + i * g, f"c{number}")
    h2 = label(o * np.tanh(c2), f"h{number}")
    return {"h": h, "c": c, "i": i, "f": f, "o": o, "g": g, "c2": c2, "a": a, "h2": h2}


@pytest.mark.parametrize(("steps", "inputs", "width", "seed"), [(2, 5, 3, 1), (3, 5, 2, 2), (4, 2, 1, 3), (5, 1, 3, 4)])
def test_every_step_and_every_weight(steps, inputs, width, seed):
    rng = np.random.default_rng(seed)
    dh = rng.normal(size=(steps, width)) * 1.4
    with manual():
        x = array(rng.normal(size=(steps, inputs)), "x")
        Wx = array(rng.normal(size=(inputs, 4 * width)) * 0.8, "Wx")
        Wh = array(rng.normal(size=(width, 4 * width)) * 0.8, "Wh")
        b = array(rng.normal(size=4 * width) * 0.4, "b")
        h0, c0 = array(rng.normal(size=width) * 0.8, "h0"), array(rng.normal(size=width), "c0")
        walked, h, c = [], h0, c0
        for t in range(steps):
            walked.append(step(x[t], h, c, Wx, Wh, b, t + 1))
            h, c = walked[-1]["h2"], walked[-1]["c2"]
        L = (walked[0]["h2"] * dh[0]).sum()
        for one, upstream in zip(walked[1:], dh[1:]):
            L = L + (one["h2"] * upstream).sum()
        L = label(L, "L")
    forward = [{n: one[n].data.copy() for n in ("h", "c", "i", "f", "o", "g", "c2")} for one in walked]
    with by_hand():
        grads = lstm(x.data.copy(), Wx.data.copy(), Wh.data.copy(), forward, dh.copy())
    made = {"x": x, "Wx": Wx, "Wh": Wh, "b": b, "h0": h0, "c0": c0}
    check_names(grads, ("a", "c2", *made), CALL)
    asked = []
    for name in ("a", "c2"):
        found = grads.get(name)
        count = len(found) if hasattr(found, "__len__") else "no"
        assert count == steps, (
            f"Called {CALL} with {steps} steps. grads['{name}'] has {count} entries. Expected {steps}, one for each."
        )
        for one, gradient in zip(walked, found):
            one[name].grad = gradient
            asked.append(one[name])
    for name, node in made.items():
        node.grad = grads.get(name)
    check_gradients(L, nodes=[*asked, *made.values()], call=f"{CALL} and filled in what it returned")
