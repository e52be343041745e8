"""What a picture shows: the target checked, and the part of its graph to draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine import Comparison, NodeResult, Status, Value
from engine.errors import NotInGraphError
from engine.graph import consumers, topological_order
from engine.names import Names

from .errors import OptionError, TargetError
from .focus import Seeds, View, choose, whole

RINGS = 2
"""How many edges are drawn around a mistake: its consumers, their other operands, and so on."""

MOST_MISTAKES = 10
"""A cut picture starts from at most one mistake in so many nodes, or nobody could see around them."""


@dataclass(frozen=True)
class Scene:
    """What a picture shows; `comparison` is None for a graph that is not compared."""

    view: View
    names: Names
    comparison: Comparison | None

    def result(self, node: Value) -> NodeResult | None:
        return None if self.comparison is None else self.comparison[node]


def scene(target: Value | Comparison, *, limit: int, around: Value | Iterable[Value] | None) -> Scene:
    """Choose what to show of a target; see `viz.draw` for what it takes and raises."""
    comparison = target if isinstance(target, Comparison) else None
    root = comparison.root if comparison is not None else target
    if not isinstance(root, Value):
        raise TargetError(target, "viz.draw")
    if not isinstance(limit, int) or limit < 1:
        raise OptionError("limit", limit, "how many nodes may be drawn, 1 or more")
    names = Names(root) if comparison is None else comparison.names
    order = topological_order(root)
    if around is not None:
        tiers = [Seeds(_checked(around, order, names, root), RINGS)]
    elif len(order) <= limit:
        return Scene(whole(order), names, comparison)
    else:
        tiers = _tiers(root, comparison, limit)
    uses = consumers(order) if comparison is None else comparison.uses
    return Scene(choose(order, uses, tiers, limit), names, comparison)


def _tiers(root: Value, comparison: Comparison | None, limit: int) -> list[Seeds]:
    mistakes = () if comparison is None else comparison.causes or comparison.missing
    if not mistakes:
        return [Seeds([root], None)]
    first = [result.node for result in mistakes[: max(1, limit // MOST_MISTAKES)]]
    forgotten = [consumer for result in mistakes[: len(first)] for consumer, _ in getattr(result.slip, "edges", ())]
    return [Seeds(first, 0), Seeds(forgotten[:limit // 2], 0), Seeds(first, RINGS), Seeds([root], 1)]


def _checked(around: Value | Iterable[Value], order: list[Value], names: Names, root: Value) -> list[Value]:
    nodes = [around] if isinstance(around, Value) else list(around)
    if not nodes or not all(isinstance(node, Value) for node in nodes):
        raise OptionError("around", around, "a node of the graph, or a list of some")
    known = set(order)
    for node in nodes:
        if node not in known:
            raise NotInGraphError(names[node], names[root], "viz.draw(around=...)")
    return nodes


def left_out(scene: Scene) -> str:
    """The sentence that says what of a graph is not drawn; "" for nothing."""
    view, comparison = scene.view, scene.comparison
    if not view.is_cut:
        return ""
    text = f"Showing {len(view.numbers):,} of {view.total:,} nodes"
    if comparison is None or comparison.ok:
        return text + "."
    shown: dict[Status, int] = {}
    for node in view.numbers:
        status = comparison[node].status
        shown[status] = shown.get(status, 0) + 1
    counts = [
        f"{shown.get(status, 0):,} of {comparison.counts[status]:,} {word}"
        for status, word in ((Status.WRONG, "mistakes"), (Status.CARRIED, "carried"), (Status.MISSING, "not filled in"))
        if status in comparison.counts
    ]
    return f"{text}: {', '.join(counts)}."
