"""One backward pass, on a number and on an array, with the same slip in both: y = x * tanh(x)."""

from __future__ import annotations

import numpy as np

from handgrad import Value


def on_a_number(x: Value, t: Value, y: Value) -> None:
    """Fill in the grad of each node of t = tanh(x), y = x*t.

    Args:
        x: the leaf.
        t: tanh(x).
        y: the root.
    """
    # TODO: one line here and one in on_an_array leave a path out. Fix both.
    y.grad = 1.0
    t.grad = y.grad * x.data
    x.grad = y.grad * t.data


def on_an_array(x: np.ndarray, t: np.ndarray, dy: np.ndarray) -> dict[str, np.ndarray]:
    """The gradients of t = tanh(x), y = x*t, entry by entry.

    Args:
        x, t: of shape (n, D).
        dy: the upstream gradient, of shape (n, D).

    Returns:
        The gradients by name, "t" and "x", each of shape (n, D).
    """
    dt = dy * x
    dx = dy * t
    return {"t": dt, "x": dx}
