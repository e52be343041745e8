"""What a notebook shows of a graph or a comparison by itself."""

from __future__ import annotations

from handgrad import Comparison, Value

from .drawing import draw_target
from .themed import themed

MOST_NODES = 60
"""A notebook's cell is no wall: of a larger graph what matters most."""


def picture(target: Value | Comparison) -> str:
    """Return the picture, as SVG that follows the notebook's theme.

    Raises:
        RenderError: the renderer is missing, failed, or takes too long.
        HandgradError: there is nothing to draw.
    """
    made = draw_target(
        target, reveal=False, rankdir="LR", derivatives=False, legend=True, limit=None, around=None, most=MOST_NODES
    ).pipe("svg", encoding="utf-8")
    return themed(made)
