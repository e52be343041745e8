"""What a picture shows: the target checked, and the part of its graph to draw."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from handgrad import Comparison, NodeResult, Status, Value
from handgrad.errors import NotInGraphError
from handgrad.graph import consumers, subgraph
from handgrad.names import Names

from .errors import OptionError, TargetError
from .focus import Graph, Seeds, View, choose, whole
from .label import is_untouched

RINGS = 2
"""How many edges are drawn around a mistake: its consumers, their other operands, and so on."""

MOST_MISTAKES = 10
"""A cut picture starts from at most one mistake in so many nodes, or nobody could see around them."""

MOST_FORGOTTEN = 16
"""A cut picture shows at most so many of the uses that are not added, or they would take all the room."""

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
        """Whether a backward pass has started at the root, or its gradient is filled in."""
        return not is_untouched(self.graph.order[-1])

    def result(self, node: Value) -> NodeResult | None:
        return None if self.comparison is None else self.comparison[node]


def titles_of(comparison: Comparison) -> tuple[str, str]:
    """Return what the number judged and the one expected are called on a card."""
    actual, expected = comparison.titles
    return actual.removeprefix("your "), expected


def edges_not_added(result: NodeResult) -> tuple[tuple[Value, int], ...]:
    """Return the edges that a cause forgot, as (consumer, which operand of it)."""
    edges: tuple[tuple[Value, int], ...] = getattr(result.slip, "edges", ())
    return edges


def scene(target: Value | Comparison, *, limit: int, around: Any) -> Scene:
    """Choose what to show of a target; see `viz.draw` for its options and errors."""
    return Survey(target, around).scene(limit)


class Survey:
    """A target looked through once, whatever the number of scenes made of it."""

    def __init__(self, target: Value | Comparison, around: Any) -> None:
        """See `viz.draw` for what it takes and raises."""
        root, self._comparison = checked_target(target)
        self._names = Names(root) if self._comparison is None else self._comparison.names
        self._order = self._names.order
        self._around = None if around is None else _check_around(around, self._order, self._names, root)
        self._is_by_array = any(node.shape and node.label for node in self._order)

    def scene(self, limit: int) -> Scene:
        """Return what to show in at most so many nodes.

        Raises:
            OptionError: `limit` is not a whole number of 1 or more.
        """
        checked_limit(limit)
        if self._is_by_array:
            return self._array_scene(limit)
        view = self._view(self._whole_graph, limit)
        return Scene(view, self._names, self._comparison, view.numbers, self._whole_graph)

    @cached_property
    def _whole_graph(self) -> Graph:
        uses = consumers(self._order) if self._comparison is None else self._comparison.uses
        return Graph(self._order, lambda node: node.operands, uses)

    def _array_scene(self, limit: int) -> Scene:
        """Return a graph with labelled arrays: cards of named or requested nodes and the root."""
        if self._around is None and len(self._order) <= min(limit, MOST_WITH_OPERATIONS):
            cards = self._named_nodes | {node for node in self._order if node.is_constant}
            return Scene(whole(self._whole_graph), self._names, self._comparison, cards, self._whole_graph)
        view = self._view(self._contracted_graph, min(limit, MOST_ARRAYS))
        cards = self._named_nodes.union(self._around or ())
        return Scene(view, self._names, self._comparison, cards, self._contracted_graph, is_contracted=True)

    @cached_property
    def _named_nodes(self) -> set[Value]:
        root = self._order[-1]
        named = {node for node in self._order if node is root or (node.label and not node.is_constant)}
        if self._comparison is not None:
            named |= {result.node for result in self._comparison.results if result.status is not Status.SKIPPED}
        return named

    @cached_property
    def _contracted_graph(self) -> Graph:
        """Return the graph of the cards alone."""
        found = subgraph(self._order[::-1], self._named_nodes.union(self._around or ()))
        uses: dict[Value, list[tuple[Value, int]]] = {node: [] for node in found}
        for node, operands in found.items():
            for place, operand in enumerate(operands):
                uses[operand].append((node, place))
        return Graph([*found][::-1], found.__getitem__, uses)

    def _view(self, graph: Graph, limit: int) -> View:
        if self._around is not None:
            return choose(graph, [Seeds(self._around, RINGS)], limit)
        if len(graph.order) <= limit:
            return whole(graph)
        return choose(graph, _tiers(graph, self._comparison, limit), limit)


def checked_target(target: Value | Comparison) -> tuple[Value, Comparison | None]:
    """Return the root of a target, and the comparison that it is.

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
    """Return the limit.

    Raises:
        OptionError: it is not a whole number of 1 or more.
    """
    if not isinstance(limit, int) or limit < 1:
        raise OptionError("limit", limit, "how many nodes may be drawn, 1 or more")
    return limit


def _tiers(graph: Graph, comparison: Comparison | None, limit: int) -> list[Seeds]:
    root = graph.order[-1]
    mistakes = () if comparison is None else comparison.causes or comparison.missing
    if not mistakes:
        return [Seeds([root], None)]
    first = [result.node for result in mistakes[: max(1, limit // MOST_MISTAKES)]]
    forgotten = (consumer for result in mistakes[: len(first)] for consumer, _ in edges_not_added(result))
    seen = [consumer for consumer in forgotten if consumer in graph.places][: min(limit // 2, MOST_FORGOTTEN)]
    return [Seeds(first, 0), Seeds(seen, 0), Seeds(first, RINGS), Seeds([root], 1)]


def _check_around(around: Any, order: list[Value], names: Names, root: Value) -> list[Value]:
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


def describe_omission(scene: Scene) -> str:
    """Return the sentence that says what of a graph is not drawn; "" for nothing."""
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
