"""Mistakes in activations that are written in steps."""

from __future__ import annotations

import numpy as np

from ..nets import Net, named, normal


def test_the_share_that_a_sigmoid_of_primitives_leaves_out_is_named_at_its_slice():
    def build(name, x, c):
        f, g = name("f", 1.0 / (1.0 + np.exp(-x[:, :2]))), name("g", np.tanh(x[:, 2:]))
        return (f * g * c).sum()

    net = Net(build, x=normal(3, 4), c=normal(3, 2, seed=5))
    f, g, c = net.f.data, net.g.data, net.c.data
    by_g = f * c * (1.0 - g**2)
    slip = named(net, {"x": np.concatenate([g * c * f, by_g], axis=1)})
    assert (slip.kind, slip.message) == (
        "rule",
        "x: you used f as the derivative of 'sigmoid' in f: is that 'sigmoid' itself, or its slope?",
    )
    slip = named(net, {"x": np.concatenate([g * c * f * (1.0 - f) ** 2, by_g], axis=1)})
    assert slip.kind == "rule"
    assert "the factor 1 - f is multiplied in once too often in what comes from" in slip.message
