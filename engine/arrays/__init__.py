"""Arrays of numbers as nodes of the graph.

`W1 = array(numbers, label="W1")` makes a leaf; NumPy's operators and functions go on from there, and every
result is one node. `fill(W1, dW1)` writes a gradient, as `W1.grad = dW1` does.
"""

from __future__ import annotations

import numpy as np

from ..names import label_one as label
from . import protocols  # noqa: F401 - it gives nodes NumPy's functions
from .making import array, fill, grads
from .node import Array

# glibc hands freed memory back to the system only beyond twice the largest block that was freed, of at most 32 MB. To
# fetch it anew, page by page, in each pass would take longer than the pass.
np.empty(4_000_000)

__all__ = ["Array", "array", "fill", "grads", "label"]
__dir__ = __all__.copy  # and nothing that is imported here
