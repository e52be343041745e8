"""An array and a gradient as the tests of this room want them."""

from __future__ import annotations

import numpy as np

from handgrad import gradients
from handgrad.arrays import Array, array


def x23(label: str = "x") -> Array:
    return array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], label=label)


def gradient(loss, node):
    """The gradient as nested lists."""
    return np.asarray(gradients(loss)[node]).tolist()
