"""The sheet: a graph to fill gradients in on, and to watch the backward pass on."""

from .sheet import Sheet

__all__ = ["Sheet"]
