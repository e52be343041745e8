"""The two backward passes, on numbers and on arrays that hold them."""

import numpy as np
import pytest
from same_slip import on_a_number, on_an_array

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, hand_graph


def build(x):
    t = x.tanh()
    y = x * t
    t.label, y.label = "t", "y"
    return x, t, y


@pytest.mark.parametrize("number", [0.7, -0.4, 1.3])
def test_on_a_number(number):
    x, t, y = hand_graph(build, x=number)
    with by_hand():
        on_a_number(x, t, y)
    check_gradients(y, call="on_a_number(x, t, y)")


@pytest.mark.parametrize(("shape", "seed"), [((2, 3), 1), ((3, 2), 2)])
def test_on_an_array(shape, seed):
    rng = np.random.default_rng(seed)
    dy = rng.uniform(0.6, 1.9, size=shape)
    with manual():
        x = array(rng.uniform(0.3, 1.4, size=shape) * rng.choice((-1, 1), size=shape), "x")
        t = label(np.tanh(x), "t")
        y = label(x * t, "y")
        L = label((y * dy).sum(), "L")
    with by_hand():
        grads = on_an_array(x.data.copy(), t.data.copy(), dy.copy())
    assert isinstance(grads, dict), 'Called on_an_array(x, t, dy). Expected a dict with the arrays "t" and "x".'
    y.grad, t.grad, x.grad = dy, grads.get("t"), grads.get("x")
    check_gradients(L, nodes=[y, t, x], call="on_an_array(x, t, dy) and filled in what it returned")
