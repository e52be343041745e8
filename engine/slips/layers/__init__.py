"""The mistakes people make with whole layers of a network: what the diagnosis looks for beside `mistakes`.

A layer may be one operation or be written in many steps: it is known by its numbers.
"""

from __future__ import annotations

from functools import cache

from .activations import activations
from .layer import Layer, LayerSlip, Pass
from .norms import norms
from .softmax import log_softmax, softmax

__all__ = ["Layer", "LayerSlip", "Pass", "layers", "softmax"]


@cache
def layers() -> tuple[Layer, ...]:
    """Return the layers that are known, in the order in which they are tried."""
    return (softmax(), log_softmax(), *norms(), *activations())
