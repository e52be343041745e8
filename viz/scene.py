"""What a picture shows: the target checked, and the part of its graph to draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from handgrad import Comparison, NodeResult, Status, Value
from handgrad.errors import NotInGraphError
from handgrad.graph import consumers, topological_order
from handgrad.names import Names

from .errors import OptionError, TargetError
from .focus import Seeds, Uses, View, choose, whole

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

    @property
    def titles(self) -> tuple[str, str]:
        """What the number judged and the one expected are called on a card."""
        actual, expected = ("grad", "") if self.comparison is None else self.comparison.titles
        return actual.removeprefix("your "), expected

    def result(self, node: Value) -> NodeResult | None:
        return None if self.comparison is None else self.comparison[node]


def edges_not_added(result: NodeResult) -> tuple[tuple[Value, int], ...]:
    """The edges that a cause forgot, as (consumer, which operand of it)."""
    edges: tuple[tuple[Value, int], ...] = getattr(result.slip, "edges", ())
    return edges


def scene(target: Value | Comparison, *, limit: int, around: Value | Iterable[Value] | None) -> Scene:
    """Choose what to show of a target; see `viz.draw` for what it takes and raises."""
    comparison = target if isinstance(target, Comparison) else None
    root = comparison.root if comparison is not None else target
    if not isinstance(root, Value):
        instead = "the output node of the graph, for example the loss, or compare(loss)"
        raise TargetError(target, "viz.draw", "a Value or a Comparison", instead)
    checked_limit(limit)
    names = Names(root) if comparison is None else comparison.names
    # A comparison's order may hold more than the root depends on: entries of its arrays.
    order = topological_order(root) if comparison is None else [result.node for result in reversed(comparison.results)]
    if around is not None:
        tiers = [Seeds(_checked(around, order, names, root), RINGS)]
    elif len(order) <= limit:
        return Scene(whole(order), names, comparison)
    else:
        tiers = _tiers(root, comparison, limit)
    return Scene(choose(order, _uses(order, comparison, around is None), tiers, limit), names, comparison)


def checked_limit(limit: int) -> int:
    """The limit.

    Raises:
        OptionError: it is not a whole number of 1 or more.
    """
    if not isinstance(limit, int) or limit < 1:
        raise OptionError("limit", limit, "how many nodes may be drawn, 1 or more")
    return limit


def _uses(order: list[Value], comparison: Comparison | None, is_from_root: bool) -> Uses:
    if comparison is not None:
        return comparison.uses
    # Nothing uses the root, so a walk from there needs no table of a big graph's edges.
    return {} if is_from_root else consumers(order)


def _tiers(root: Value, comparison: Comparison | None, limit: int) -> list[Seeds]:
    mistakes = () if comparison is None else comparison.causes or comparison.missing
    if not mistakes:
        return [Seeds([root], None)]
    first = [result.node for result in mistakes[: max(1, limit // MOST_MISTAKES)]]
    forgotten = [consumer for result in mistakes[: len(first)] for consumer, _ in edges_not_added(result)]
    return [Seeds(first, 0), Seeds(forgotten[: limit // 2], 0), Seeds(first, RINGS), Seeds([root], 1)]


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
    if view.shown == view.total:
        return ""
    text = f"Showing {view.shown:,} of {view.total:,} nodes"
    if comparison is None or comparison.ok:
        return text + "."
    shown: dict[Status, int] = {}
    for node in view.numbers:
        status = comparison[node].status
        shown[status] = shown.get(status, 0) + 1
    counts = [
        f"{word}: {shown.get(status, 0):,} of {comparison.counts[status]:,}"
        for status, word in ((Status.WRONG, "mistakes"), (Status.CARRIED, "carried"), (Status.MISSING, "not filled in"))
        if status in comparison.counts
    ]
    return f"{text}; {', '.join(counts)}."
