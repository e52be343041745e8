"""What a notebook shows of a graph or a comparison by itself."""

from __future__ import annotations

from handgrad import Comparison, Value
from handgrad.verdict.report import dark

from .drawing import draw_target

CLASS = "hg-drawing"
"""A style in a cell is the whole notebook's: the sheets that stand there must have no such class."""

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
    svg = made[made.index("<svg") :]
    return f'<div class="{CLASS}"><style>{dark(f".{CLASS}")}</style>{svg}</div>'
