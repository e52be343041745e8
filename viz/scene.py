"""What a picture shows: the target checked, and the part of its graph to draw."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from handgrad import Comparison, NodeResult, Status, Value
from handgrad.checking.contracted import contracted
from handgrad.errors import NotInGraphError
from handgrad.graph import consumers, topological_order
from handgrad.names import Names

from .errors import OptionError, TargetError
from .focus import Graph, Seeds, Uses, View, choose, whole
from .label import is_untouched

RINGS = 2
"""How many edges are drawn around a mistake: its consumers, their other operands, and so on."""

MOST_MISTAKES = 10
"""A cut picture starts from at most one mistake in so many nodes, or nobody could see around them."""

MOST_WITH_OPERATIONS = 32
"""A graph with labelled arrays of more nodes than this is drawn without its operations, or its cards would be small."""

MOST_ARRAYS = 60
"""More cards of arrays than this are cut to what matters most: more could not be seen."""


@dataclass(frozen=True)
class Scene:
    """What a picture shows.

    Attributes:
        view: the nodes drawn.
        names: what the nodes are called.
        comparison: None for a graph that is not compared.
        cards: the nodes that have a card; of the others only the operation is drawn.
        graph: what the view is a part of. Of a graph by array that is too big to show its operations these are its
            cards alone, an edge standing for all that is computed between two of them.
        is_contracted: whether that is so.
    """

    view: View
    names: Names
    comparison: Comparison | None
    cards: Collection[Value]
    graph: Graph
    is_contracted: bool = False

    @property
    def titles(self) -> tuple[str, str]:
        """What the number judged and the one expected are called on a card."""
        return ("grad", "") if self.comparison is None else titles_of(self.comparison)

    @property
    def has_grads(self) -> bool:
        """Whether a backward pass has started at the root, or a gradient stands there."""
        return not is_untouched(self.graph.order[-1])

    def result(self, node: Value) -> NodeResult | None:
        return None if self.comparison is None else self.comparison[node]


def titles_of(comparison: Comparison) -> tuple[str, str]:
    """What the number judged and the one expected are called on a card."""
    actual, expected = comparison.titles
    return actual.removeprefix("your "), expected


def edges_not_added(result: NodeResult) -> tuple[tuple[Value, int], ...]:
    """The edges that a cause forgot, as (consumer, which operand of it)."""
    edges: tuple[tuple[Value, int], ...] = getattr(result.slip, "edges", ())
    return edges


def scene(target: Value | Comparison, *, limit: int, around: Any) -> Scene:
    """Choose what to show of a target; see `viz.draw` for what it takes and raises."""
    root, comparison = checked_target(target)
    checked_limit(limit)
    names = Names(root) if comparison is None else comparison.names
    order = topological_order(root)
    seen_from = None if around is None else _checked(around, order, names, root)
    if any(node.shape and node.label for node in order):
        return _by_array(order, names, comparison, limit, seen_from)
    is_whole = around is None and len(order) <= limit
    uses = {} if is_whole else _uses(order, comparison, is_from_root=around is None)
    graph = Graph(order, lambda node: node.operands, uses)
    return Scene(_view(graph, comparison, limit, seen_from), names, comparison, graph.order, graph)


def _by_array(
    order: list[Value], names: Names, comparison: Comparison | None, limit: int, around: list[Value] | None
) -> Scene:
    """A graph with labelled arrays: cards of what has a name or is asked for, and of the root."""
    root = order[-1]
    named = {node for node in order if node is root or (node.label and not node.is_constant)}
    if comparison is not None:
        named |= {result.node for result in comparison.results if result.status is not Status.SKIPPED}
    if around is None and len(order) <= min(limit, MOST_WITH_OPERATIONS):
        graph = Graph(order, lambda node: node.operands, {})
        cards = named | {node for node in order if node.is_constant}
        return Scene(whole(order), names, comparison, cards, graph)
    cards = named.union(around or ())
    found = contracted(order[::-1], cards)
    uses: dict[Value, list[tuple[Value, int]]] = {node: [] for node in found.backward_order}
    for node in found.backward_order:
        for place, operand in enumerate(found.operands[node]):
            uses[operand].append((node, place))
    graph = Graph(found.backward_order[::-1], found.operands.__getitem__, uses)
    view = _view(graph, comparison, min(limit, MOST_ARRAYS), around)
    return Scene(view, names, comparison, cards, graph, is_contracted=True)


def _view(graph: Graph, comparison: Comparison | None, limit: int, around: list[Value] | None) -> View:
    if around is not None:
        return choose(graph, [Seeds(around, RINGS)], limit)
    if len(graph.order) <= limit:
        return whole(graph.order)
    return choose(graph, _tiers(graph, comparison, limit), limit)


def checked_target(target: Value | Comparison) -> tuple[Value, Comparison | None]:
    """The root of a target, and the comparison that it is.

    Raises:
        TargetError: it is neither a Value nor a Comparison.
    """
    comparison = target if isinstance(target, Comparison) else None
    root = comparison.root if comparison is not None else target
    if not isinstance(root, Value):
        instead = "the output node of the graph, for example the loss, or compare(loss)"
        raise TargetError(target, "viz.draw", "a Value or a Comparison", instead)
    return root, comparison


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


def _tiers(graph: Graph, comparison: Comparison | None, limit: int) -> list[Seeds]:
    root = graph.order[-1]
    mistakes = () if comparison is None else comparison.causes or comparison.missing
    if not mistakes:
        return [Seeds([root], None)]
    first = [result.node for result in mistakes[: max(1, limit // MOST_MISTAKES)]]
    forgotten = [consumer for result in mistakes[: len(first)] for consumer, _ in edges_not_added(result)]
    return [Seeds(first, 0), Seeds(forgotten[: limit // 2], 0), Seeds(first, RINGS), Seeds([root], 1)]


def _checked(around: Any, order: list[Value], names: Names, root: Value) -> list[Value]:
    nodes = [around] if isinstance(around, Value) else list(around) if isinstance(around, Iterable) else []
    if not nodes or not all(isinstance(node, Value) for node in nodes):
        raise OptionError("around", around, "a node of the graph, a list of some, or an entry as (w, (0, 3))")
    known = set(order)
    for node in nodes:
        if node not in known:
            if node.op is not None and node.op.name == "index" and node.operands[0] in known:
                array = names[node.operands[0]]
                entry = f"({array}, (0, 3)) for an entry of {array}: {array}[0, 3] is a node of its own"
                raise OptionError("around", node, entry)
            raise NotInGraphError(names[node], names[root], "viz.draw(around=...)")
    return nodes


def left_out(scene: Scene) -> str:
    """The sentence that says what of a graph is not drawn; "" for nothing."""
    view, comparison = scene.view, scene.comparison
    if view.shown == view.total:
        return ""
    what = "arrays and numbers" if scene.is_contracted else "nodes"
    text = f"Showing {view.shown:,} of {view.total:,} {what}"
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
