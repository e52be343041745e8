"""What the plots of the demos share: their colours, and how a file of them is written."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .files import write_whole

INK, MUTED, PALE, PAPER = "#1f2933", "#7b8794", "#f7f8fa", "#ffffff"
BLUE, ORANGE = "#2f6db5", "#e07a1f"


def not_drawn(what: str) -> str:
    """Why there is no picture, and of what it would have been; "" where matplotlib is installed."""
    if find_spec("matplotlib") is not None:
        return ""
    return f"not drawn: {what}. That takes matplotlib: pip install 'handgrad[plots]'"


def new_figure(width: float, height: float) -> Any:
    """A matplotlib figure of so many inches that needs no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=160, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def save_png(figure: Any, path: Path) -> None:
    """Write a figure, whole or not at all; missing folders are made.

    Raises:
        OSError: it cannot be written.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight", pad_inches=0.25)
    write_whole(path, drawn.getvalue(), scratch=path.parent, is_lasting=False)
