"""Graphs of arrays that the tests of the pictures share."""

from __future__ import annotations

import numpy as np

from handgrad import label, manual
from handgrad.arrays import array, fill


def small():
    """y = x @ w, and a loss that is the sum of its squares: y's second gradient is wrong, x and w have none."""
    with manual():
        x, w = array([[1.0, 2.0], [3.0, -1.0]], label="x"), array([[0.5], [-2.0]], label="w")
        y = label(x @ w, "y")
        loss = (y**2).sum()
    fill(y, [[-7.0], [10.0]])
    return loss, x, w, y


def chain(length: int, *, wrong: int | None = None):
    """A loss of `length` labelled arrays h0, h1 ..., each computed from the one before; one of them filled in wrong."""
    h = array(np.linspace(0.5, 1.0, 4), label="x")
    arrays = []
    for place in range(length):
        h = label(np.tanh(h * 1.5), f"h{place}")
        arrays.append(h)
    loss = label(h.sum(), "loss")
    loss.backward()
    if wrong is not None:
        fill(arrays[wrong], arrays[wrong].grad + 1.0)
    return loss, arrays


def random_network(*, named: bool):
    rng = np.random.default_rng(0)
    x, w = array(rng.normal(size=(4, 3))), array(rng.normal(size=(3, 2)))
    loss = (np.tanh(x @ w) ** 2).mean()
    if named:
        w.label = "w"
    loss.backward()
    return loss, x, w
