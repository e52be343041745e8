"""Draw a target: the picture asked for, and smaller ones should the renderer take too long."""

from __future__ import annotations

from typing import Any

from handgrad import Comparison, Value, big_graph

from .dot import picture
from .entry import entry_picture, requested_entry
from .renderer import Picture
from .scene import Survey

SMALLER = (150, 50, 16)
"""How many nodes the smaller pictures show."""


def draw_target(
    target: Value | Comparison,
    *,
    reveal: bool,
    rankdir: str,
    derivatives: bool,
    legend: bool,
    limit: int,
    around: Any,
) -> Picture:
    """Return the picture of a target; see `viz.draw`.

    The smaller pictures are made with it, as the graph may be another when it is rendered.
    """
    looks: dict[str, Any] = {"reveal": reveal, "rankdir": rankdir, "legend": legend}
    entry = requested_entry(around)
    if entry is not None:
        return entry_picture(target, *entry, limit=limit, **looks)
    with big_graph():
        survey = Survey(target, around)
        scene = survey.scene(limit)
        whole = picture(scene, derivatives=derivatives, **looks)
        smaller = []
        for size in SMALLER:
            if size < len(scene.view.numbers):
                scene = survey.scene(size)
                wants_derivatives = derivatives and not scene.is_contracted
                smaller.append(picture(scene, derivatives=wants_derivatives, is_cut=True, **looks))
    whole.keep_smaller(smaller)
    return whole
