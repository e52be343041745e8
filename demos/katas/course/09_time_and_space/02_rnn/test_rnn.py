"""Recurrent networks of a few steps."""

import numpy as np
import pytest
from rnn import rnn

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "rnn(x, h, Wx, Wh, dh)"


@pytest.mark.parametrize(("steps", "inputs", "width", "seed"), [(2, 5, 3, 1), (3, 4, 2, 2), (4, 1, 3, 3), (5, 3, 2, 4)])
def test_every_state_and_every_weight(steps, inputs, width, seed):
    rng = np.random.default_rng(seed)
    dh = rng.normal(size=(steps + 1, width)) * 1.2
    with manual():
        x = array(rng.normal(size=(steps, inputs)), "x")
        Wx = array(rng.normal(size=(inputs, width)) * 0.7, "Wx")
        Wh = array(rng.normal(size=(width, width)) * 0.7, "Wh")
        b = array(rng.normal(size=width) * 0.3, "b")
        states = [array(rng.normal(size=width) * 0.5, "h0")]
        for t in range(steps):
            states.append(label(np.tanh(x[t] @ Wx + states[-1] @ Wh + b), f"h{t + 1}"))
        L = (states[0] * dh[0]).sum()
        for state, upstream in zip(states[1:], dh[1:]):
            L = L + (state * upstream).sum()
        L = label(L, "L")
    made = {"x": x, "Wx": Wx, "Wh": Wh, "b": b}
    h = np.array([state.data for state in states])
    with by_hand():
        grads = rnn(x.data.copy(), h, Wx.data.copy(), Wh.data.copy(), dh.copy())
    check_names(grads, ("h", *made), CALL)
    whole = grads.get("h")
    count = len(whole) if hasattr(whole, "__len__") else "no"
    assert count == steps + 1, (
        f"Called {CALL} with {steps} steps. grads['h'] has {count} entries. Expected {steps + 1}: a gradient for each "
        "of the states h[0] to h[T]."
    )
    for state, gradient in zip(states, whole):
        state.grad = gradient
    for name, node in made.items():
        node.grad = grads.get(name)
    check_gradients(L, nodes=[*reversed(states), *made.values()], call=f"{CALL} and filled in what it returned")
