"""How a sheet begins: what counts as not filled in, and which part of a graph is shown."""

from __future__ import annotations

from dataclasses import replace

from handgrad import Comparison, Value

from ..label import is_untouched
from ..scene import Scene, scene


def empty_untouched(order: list[Value], *, only_whole: bool) -> bool:
    """Set untouched grads of autodiff mode to None, and return whether there were any."""
    untouched = [node for node in order if not node.is_constant and not node.shape and is_untouched(node)]
    if only_whole and len(untouched) < sum(not node.is_constant for node in order):
        return False
    for node in untouched:
        node.grad = None
    return bool(untouched)


def choose_shown(comparison: Comparison, order: list[Value], limit: int) -> Scene:
    """Return what to show of a big graph: the causes, or without one as much as fits from the root."""
    if comparison.causes or any(node.shape for node in order):
        return scene(comparison, limit=limit, around=None)
    return replace(scene(comparison.root, limit=limit, around=None), comparison=comparison)
