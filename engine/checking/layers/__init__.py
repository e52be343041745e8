"""The mistakes people make with whole layers of a network: what the diagnosis looks for beside `mistakes`.

A layer may be one operation or be written in many steps: it is known by its numbers.
"""

from __future__ import annotations

from .activations import EXACT_GELU, GELU, OF_PRIMITIVES, SILU
from .layer import Layer, LayerSlip, Pass
from .norms import NORM, NORM_OF_SAMPLE, RMS_NORM
from .softmax import LOG_SOFTMAX, SOFTMAX

LAYERS = (SOFTMAX, LOG_SOFTMAX, NORM, NORM_OF_SAMPLE, RMS_NORM, GELU, EXACT_GELU, SILU, *OF_PRIMITIVES)
"""The layers that are known, in the order in which they are tried."""

__all__ = ["LAYERS", "SOFTMAX", "Layer", "LayerSlip", "Pass"]
