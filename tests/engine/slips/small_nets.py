"""Nets that several tests fill in wrongly."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from .nets import Net, normal


def layer(act: Callable[[Any], Any]) -> Net:
    """h = act(x @ w + b)."""
    leaves = {"x": normal(5, 3), "w": normal(3, 4, seed=3), "b": normal(4, seed=4)}
    return Net(lambda name, x, w, b: (name("h", act(name("z", x @ w + b))) ** 2).sum(), **leaves)


def square() -> tuple[Net, Any, Any, Any]:
    """y = x @ w + b with a square w and as many rows as columns, so that shapes catch nothing."""
    X, W, B = normal(4, 4), normal(4, 4, seed=3), normal(4, seed=4)
    net = Net(lambda name, x, w, b: (name("y", x @ w + b) ** 2).mean(), x=X, w=W, b=B)
    return net, X, W, 2.0 * (X @ W + B) / 16


def used_thrice() -> tuple[Net, Any]:
    """x goes into u, v and t; what arrives through each is given too."""
    X, A = normal(3, 4), normal(3, 4, seed=5)

    def build(name, x, a):
        u, v, t = name("u", x * a), name("v", x**3), name("t", np.tanh(x))
        return (u**3).sum() + (v * v).sum() + (t * a).sum()

    return Net(build, x=X, a=A), (3.0 * X**2 * A**3, 6.0 * X**5, A * (1 - np.tanh(X) ** 2))


STEPS = tuple(f"h{step}" for step in range(6))


def recurrence(steps: int = 6) -> Net:
    """tanh(h @ w) again and again."""

    def build(name, w, x):
        h = x
        for step in range(steps):
            h = name(f"h{step}", np.tanh(h @ w))
        return (h * h).sum()

    return Net(build, w=normal(3, 3), x=normal(2, 3, seed=8))


def by_hand(net: Net, steps: int = 6, *, with_local: bool = True) -> list[Any]:
    """What each step adds to the gradient of w, the last step first."""
    w, h = net.w.data, [net.x.data]
    for _ in range(steps):
        h.append(np.tanh(h[-1] @ w))
    found, d = [], 2.0 * h[-1]
    for before, after in reversed(list(pairwise(h))):
        dz = d * (1.0 - after**2) if with_local else d
        found.append(before.T @ dz)
        d = dz @ w.T
    return found
