"""What the plots of the demos share: their colours, and how a file of them is written."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .files import write_whole

INK, MUTED, PALE, PAPER = "#1f2933", "#7b8794", "#f7f8fa", "#ffffff"
BLUE, ORANGE = "#2f6db5", "#e07a1f"


def new_figure(width: float, height: float) -> Any:
    """Return a matplotlib figure of so many inches that needs no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=160, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def draw_or_describe(draw: Callable[[], None], path: Path, what: str) -> str:
    """Draw a file and say so; without matplotlib, say what it would have shown.

    Args:
        draw: writes the file.
        what: what is on it.

    Raises:
        OSError: it cannot be written.
    """
    if find_spec("matplotlib") is None:
        return f"not drawn, as that takes matplotlib (pip install matplotlib): {what}"
    draw()
    return f"drawn: {path}"


def save_png(figure: Any, path: Path) -> None:
    """Write a figure, whole or not at all; missing folders are made.

    Raises:
        OSError: it cannot be written.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight", pad_inches=0.25)
    write_whole(path, drawn.getvalue(), scratch=path.parent, is_lasting=False)
