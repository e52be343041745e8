"""The gradients of a blockwise RMSNorm, compared with the plain forward, for blocks of every size."""

import numpy as np
import pytest
from rmsnorm_blocks import rmsnorm_blocks

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients


@pytest.mark.parametrize(("n", "width", "block", "seed"), [(4, 3, 4, 1), (4, 3, 2, 1), (5, 2, 2, 2), (4, 4, 1, 4)])
def test_the_gradients_are_those_of_the_plain_forward(n, width, block, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(n, width)) * 1.3
    with manual():
        x, gain = array(rng.normal(size=(n, width)) * 1.6, "x"), array(rng.uniform(1.2, 1.9, size=width), "gain")
        inv = label(((x**2).mean(1, keepdims=True) + 1e-5) ** -0.5, "inv")
        out = label(gain * (x * inv), "out")
        L = label((out * dout).sum(), "L")
    call = f"rmsnorm_blocks(x, gain, inv, dout, block={block}) with {n} rows"
    with by_hand():
        given = rmsnorm_blocks(x.data.copy(), gain.data.copy(), inv.data.copy(), dout.copy(), block)
        whole = rmsnorm_blocks(x.data.copy(), gain.data.copy(), inv.data.copy(), dout.copy(), n)
    assert isinstance(given, tuple), f"Called {call}. Expected two arrays: return dx, dgain."
    for name, piecewise, at_once in zip(("dx", "dgain"), given, whole):
        assert np.allclose(piecewise, at_once), (
            f"Called {call}. {name} is not what it is with all rows in one block. Expected the same: what does a block "
            "leave of the blocks before it?"
        )
    out.grad, x.grad, gain.grad = dout, *given
    check_gradients(L, nodes=[out, x, gain], call=f"{call} and filled in what it returned")
