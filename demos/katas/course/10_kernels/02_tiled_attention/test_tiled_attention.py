"""The tiled gradients, compared with the plain forward, for tiles of every size."""

import numpy as np
import pytest
from tiled_attention import tiled_attention

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_known


def usual(q, k, v, out, p, dout, tile):
    """What usual mistakes give, each with words, of dq, dk and dv."""
    scale, starts = q.shape[1] ** -0.5, range(0, len(k), tile)
    tiles = [slice(start, start + tile) for start in starts]
    dp = dout @ v.T
    in_tile = np.concatenate([(p * dp)[:, keys].sum(1, keepdims=True).repeat(len(k[keys]), 1) for keys in tiles], 1)
    of_tile, ds = p * (dp - in_tile) * scale, p * (dp - (dout * out).sum(1, keepdims=True)) * scale
    part = "The sum of the row is that of the tile alone: what of a row is not in the tile?"
    last, first = (
        "That is what the last tile adds alone.",
        "Only what the first tile gives is there: when does the loop return?",
    )
    begin = np.arange(len(k))[:, None] < tile
    return {
        "q": (
            (ds[:, tiles[-1]] @ k[tiles[-1]], last),
            (ds[:, tiles[0]] @ k[tiles[0]], first),
            (of_tile @ k, part),
            (of_tile[:, tiles[-1]] @ k[tiles[-1]], f"{last} And the sum of the row is that of the tile."),
        ),
        "k": ((of_tile.T @ q, part), (np.where(begin, ds.T @ q, 0.0), first)),
        "v": ((np.where(begin, p.T @ dout, 0.0), first),),
    }


@pytest.mark.parametrize(("T", "d", "tile", "seed"), [(5, 3, 5, 1), (5, 3, 3, 1), (7, 4, 2, 2), (4, 6, 1, 4)])
def test_the_gradients_are_those_of_the_plain_forward(T, d, tile, seed):
    rng = np.random.default_rng(seed)
    dout = rng.normal(size=(T, d)) * 1.2
    with manual():
        q, k, v = (array(rng.normal(size=(T, d)) * 1.2, name) for name in "qkv")
        exps = np.exp(label(q @ k.T * d**-0.5, "s"))
        p = label(exps / exps.sum(1, keepdims=True), "p")
        out = label(p @ v, "out")
        L = label((out * dout).sum(), "L")
    lse = np.log(exps.data.sum(1, keepdims=True))
    call = f"tiled_attention(q, k, v, out, lse, dout, tile={tile}) with {T} keys"
    with by_hand():
        grads = tiled_attention(*(node.data.copy() for node in (q, k, v, out)), lse, dout.copy(), tile)
        whole = tiled_attention(*(node.data.copy() for node in (q, k, v, out)), lse, dout.copy(), T)
    assert isinstance(grads, dict), f"Called {call}. Expected a dict of arrays by name."
    known = usual(q.data, k.data, v.data, out.data, p.data, dout, tile)
    for name in "qkv":
        clue = say_known(grads.get(name), known[name])
        assert np.allclose(grads.get(name), whole.get(name)), (
            f"Called {call}. d{name} is not what it is with all keys in one tile. Expected the same."
            f"{clue or ' What does a tile leave of the tiles before it, and what of a row is not in the tile?'}"
        )
    out.grad, q.grad, k.grad, v.grad = dout, *(grads.get(name) for name in "qkv")
    known = []
    for size in (1, d):
        scores = q.data @ k.data.T / size
        words = f"that is with scores divided by {size}: by what did the forward pass divide them?"
        other = np.exp(scores - lse)
        ds = other * (dout @ v.data.T - (dout * out.data).sum(1, keepdims=True)) / size
        known += [(v, other.T @ dout, words), (q, ds @ k.data, words), (k, ds.T @ q.data, words)]
    check_gradients(L, nodes=[out, v, k, q], call=f"{call} and filled in what it returned", known=known)
