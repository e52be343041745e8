"""Arrays of numbers as nodes of the graph.

`W1 = array(numbers, label="W1")` makes a leaf; NumPy's operators and functions go on from there, and every
result is one node. `fill(W1, dW1)` writes a gradient, as `W1.grad = dW1` does.
"""

from __future__ import annotations

from ..names import label_one as label
from . import protocols  # noqa: F401 - it gives nodes NumPy's functions
from .making import array, fill, grads
from .node import Array

__all__ = ["Array", "array", "fill", "grads", "label"]


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__", "__file__", "__name__", "__path__"])
