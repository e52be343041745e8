"""The gradients of a blockwise RMSNorm, compared with the plain forward, for blocks of every size."""

import numpy as np
import pytest
from rmsnorm_blocks import rmsnorm_blocks

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_known


def usual(x, gain, inv, dout, block):
    """What usual mistakes give, each with words, of dx and of dgain."""
    n, raw = len(x), x * inv
    first = np.arange(n) % block
    full = np.arange(n)[:, None] < n // block * block

    def dx(x, front, dout, inv):
        raw, draw = x * inv, gain * dout
        return front * (draw - raw * (draw * raw).mean(1, keepdims=True))

    right, last = dx(x, inv, dout, inv), np.arange(n) // block == (n - 1) // block
    begin = np.arange(n) < block
    rest = "The rows after the last whole block are left out: how many rows has the last block?"
    ended = "Only what the first block gives is there: when does the loop return?"
    again = "the rows of the first block stand for those of every block."
    return {
        "dx": (
            (np.where(full, right, 0.0), rest),
            (dx(x, inv[first], dout, inv), f"Of the inv in front, {again}"),
            (dx(x, inv, dout, inv[first]), f"Of the inv in x * inv, {again}"),
            (dx(x, inv[first], dout, inv[first]), f"Of inv, {again}"),
            (dx(x, inv, dout[first], inv), f"Of dout, {again}"),
            (dx(x[first], inv, dout, inv), f"Of x, {again}"),
            (np.where(last[:, None], right, 0.0), "Only the rows of the last block are there."),
            (np.where(begin[:, None], right, 0.0), ended),
        ),
        "dgain": (
            ((dout * raw)[full[:, 0]].sum(0), rest),
            ((dout * raw)[last].sum(0), "That is what the last block adds alone."),
            ((dout * raw)[begin].sum(0), ended),
            ((dout * x * inv[first]).sum(0), f"Of inv, {again}"),
            ((dout[first] * raw).sum(0), f"Of dout, {again}"),
        ),
    }


@pytest.mark.parametrize(("n", "width", "block", "seed"), [(5, 3, 5, 1), (5, 3, 2, 1), (7, 4, 3, 2), (4, 6, 1, 4)])
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
    known = usual(x.data, gain.data, inv.data, dout, block)
    for name, piecewise, at_once in zip(("dx", "dgain"), given, whole):
        clue = say_known(piecewise, known[name]) or " What does a block leave of the blocks before it?"
        assert np.allclose(piecewise, at_once), (
            f"Called {call}. {name} is not what it is with all rows in one block. Expected the same.{clue}"
        )
    out.grad, x.grad, gain.grad = dout, *given
    check_gradients(L, nodes=[out, x, gain], call=f"{call} and filled in what it returned")
