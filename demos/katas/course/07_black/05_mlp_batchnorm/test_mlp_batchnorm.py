"""The middle of the MLP, on random batches."""

import numpy as np
import pytest
from mlp_batchnorm import mlp_batchnorm

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, check_names

GRADIENTS = ("hpreact", "gain", "bias", "hprebn")
CALL = "mlp_batchnorm(raw, inv, gain, h, dh)"


def usual(raw, inv, gain, h, dh):
    """What the gradient of h gives in place of that of hpreact, with words."""
    n, dhpreact = len(dh), (1.0 - h**2) * dh
    for shift, stretch, where in ((dh, dh, "both sums"), (dh, dhpreact, "the sum"), (dhpreact, dh, "the sum with raw")):
        less = shift.sum(0) + n / (n - 1) * raw * (stretch * raw).sum(0)
        words = f"{where} down the column must be of another gradient than dh: between raw and h there is a tanh."
        yield gain * inv / n * (n * dhpreact - less), words


@pytest.mark.parametrize(("batch", "hidden", "seed"), [(7, 3, 1), (5, 2, 2), (6, 4, 3), (3, 5, 4), (7, 2, 5)])
def test_the_tanh_and_the_norm(batch, hidden, seed):
    rng = np.random.default_rng(seed)
    dh = rng.normal(size=(batch, hidden)) * 1.3
    with manual():
        hprebn = array(rng.normal(size=(batch, hidden)) * 1.7, "hprebn")
        gain = array(rng.uniform(0.5, 0.9, size=(1, hidden)), "gain")
        bias = array(rng.normal(size=(1, hidden)) * 0.3, "bias")
        diff = hprebn - hprebn.mean(0, keepdims=True)
        inv = label(((diff**2).sum(0, keepdims=True) / (batch - 1) + 1e-5) ** -0.5, "inv")
        raw = label(diff * inv, "raw")
        hpreact = label(gain * raw + bias, "hpreact")
        h = label(np.tanh(hpreact), "h")
        L = label((h * dh).sum(), "L")
    made = {node.label: node for node in (hpreact, gain, bias, hprebn)}
    with by_hand():
        grads = mlp_batchnorm(*(node.data.copy() for node in (raw, inv, gain, h)), dh.copy())
    check_names(grads, GRADIENTS, CALL)
    h.grad = dh
    for name in GRADIENTS:
        made[name].grad = grads.get(name)
    known = [(hprebn, numbers, words) for numbers, words in usual(raw.data, inv.data, gain.data, h.data, dh)]
    check_gradients(L, nodes=[h, *made.values()], call=f"{CALL} and filled in what it returned", known=known)
