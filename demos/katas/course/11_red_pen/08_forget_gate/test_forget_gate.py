"""LSTMs of one step and of several."""

import numpy as np
import pytest
from forget_gate import forget_gate

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

CALL = "forget_gate(W, b, steps, dh)"


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def usual(W, forward, dh):
    """Each step's a by backward passes with a usual mistake, each with words."""
    besides = (
        (lambda step: step["c2"], "c2 without its tanh: what is o multiplied by in h?"),
        (lambda step: step["g"], "g: what is o multiplied by in h?"),
        (lambda step: step["c"], "c, the state before: which state goes into h?"),
        (lambda step: np.tanh(step["c"]), "the tanh of c, the state before: which state goes into h?"),
    )
    for beside, words in besides:
        dh_next, dc_next = np.zeros(dh.shape[1]), np.zeros(dh.shape[1])
        for t in reversed(range(len(forward))):
            f, i, o, g, tanh = (*(forward[t][name] for name in "fiog"), np.tanh(forward[t]["c2"]))
            dh2 = dh[t] + dh_next
            dc2 = dc_next + dh2 * o * (1.0 - tanh**2)
            df, di = dc2 * forward[t]["c"] * f * (1.0 - f), dc2 * g * i * (1.0 - i)
            da = np.concatenate([df, di, dh2 * beside(forward[t]) * o * (1.0 - o), dc2 * i * (1.0 - g**2)])
            yield t, da, f"in the part of o stands {words}"
            dh_next, dc_next = (W @ da)[: dh.shape[1]], dc2 * f


@pytest.mark.parametrize(("steps", "inputs", "width", "seed"), [(1, 3, 2, 1), (2, 4, 3, 2), (3, 1, 2, 3), (4, 3, 1, 4)])
def test_weights_and_first_states(steps, inputs, width, seed):
    rng = np.random.default_rng(seed)
    x, dh = rng.normal(size=(steps, inputs)), rng.normal(size=(steps, width)) * 1.4
    walked = []
    with manual():
        W = array(rng.normal(size=(width + inputs, 4 * width)) * 0.9, "W")
        b = array(rng.normal(size=4 * width) * 0.5, "b")
        h0, c0 = array(rng.normal(size=width) * 0.8, "h0"), array(rng.normal(size=width) * 1.2, "c0")
        h, c, L = h0, c0, 0.0
        for t in range(steps):
            z = np.concatenate([h, x[t]])
            a = label(z @ W + b, f"a{t + 1}")
            f, i, o = (label(sigmoid(a[k * width : (k + 1) * width]), f"{n}{t + 1}") for k, n in enumerate("fio"))
            g = label(np.tanh(a[3 * width :]), f"g{t + 1}")
            c2 = label(f * c + i * g, f"c{t + 1}")
            walked.append({"z": z, "c": c, "f": f, "i": i, "o": o, "g": g, "c2": c2, "a": a})
            h, c = label(o * np.tanh(c2), f"h{t + 1}"), c2
            L = L + (h * dh[t]).sum()
        L = label(L, "L")
    forward = [{name: node.data.copy() for name, node in step.items()} for step in walked]
    with by_hand():
        grads = forget_gate(W.data.copy(), b.data.copy(), forward, dh.copy())
    made = {"W": W, "b": b, "h0": h0, "c0": c0}
    check_names(grads, ("a", "c2", *made), CALL)
    for name, node in made.items():
        node.grad = grads.get(name)
    between = [step[name] for name in ("a", "c2") for step in walked]
    for name in ("a", "c2"):
        found = grads.get(name)
        count = len(found) if hasattr(found, "__len__") else "no"
        assert count == steps, (
            f"Called {CALL}. grads['{name}'] has {count} entries. Expected {steps}, one for each step."
        )
        for step, gradient in zip(walked, found):
            step[name].grad = gradient
    call = f"{CALL}, of {steps} step{'s' * (steps > 1)}, and filled in what it returned"
    known = [(walked[t]["a"], numbers, words) for t, numbers, words in usual(W.data, forward, dh)]
    check_gradients(L, nodes=[*between, *made.values()], call=call, known=known)
