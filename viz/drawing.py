"""Draw a target: the picture asked for, and smaller ones should the renderer take too long."""

from __future__ import annotations

from typing import Any

from handgrad import Comparison, Value, big_graph

from .dot import picture
from .entry import entry_picture, requested_entry
from .renderer import Picture
from .scene import Survey

MOST = 150
"""A picture shows at most so many nodes where no other limit is given."""

SMALLER = (150, 50, 16)
"""How many nodes the smaller pictures show."""

CLOSER = (16, 8, 5)
"""How many the pictures show of what is nearest to a mistake."""


def draw_target(
    target: Value | Comparison,
    *,
    reveal: bool,
    rankdir: str,
    derivatives: bool,
    legend: bool,
    limit: int | None,
    around: Any,
    most: int = MOST,
) -> Picture:
    """Return the picture of a target; see `viz.draw`.

    The smaller pictures are made with it, as the graph may be another when it is rendered. Where there is no limit, it
    shows `most` nodes.
    """
    is_limited, limit = limit is not None, most if limit is None else limit
    looks: dict[str, Any] = {"reveal": reveal, "rankdir": rankdir, "legend": legend}
    entry = requested_entry(around)
    if entry is not None:
        return entry_picture(target, *entry, limit=limit, **looks)
    with big_graph():
        survey = Survey(target, around)
        scene = survey.scene(limit)
        whole = picture(scene, derivatives=derivatives, **looks)
        is_wrong = scene.comparison is not None and bool(scene.comparison.causes)
        near = [size for size in CLOSER if size < len(scene.view.numbers)]
        is_free = is_wrong and around is None and not is_limited
        closer = [picture(survey.scene(size), derivatives=False, **looks) for size in near if is_free]
        smaller = []
        for size in SMALLER:
            if size < len(scene.view.numbers):
                scene = survey.scene(size)
                wants_derivatives = derivatives and not scene.is_contracted
                smaller.append(picture(scene, derivatives=wants_derivatives, is_cut=True, **looks))
    whole.keep_smaller(smaller, closer)
    return whole
