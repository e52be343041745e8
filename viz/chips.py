"""A node that many others use: its card has an edge to one of them, and a chip stands for it beside each other.

All edges of a weight that every step of a loop uses would end in one card: nobody could follow them, and Graphviz
takes minutes to lay them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import graphviz

from handgrad import Value
from handgrad.names import name_of
from handgrad.number import one_line

from . import theme
from .label import card_of, escape_label, font, shorten, table
from .renderer import Picture
from .scene import Scene

MOST_EDGES = 8
"""A card has an edge to each use up to so many of them that are drawn."""

SIDES = {"LR": "far left", "TB": "at the top", "RL": "far right", "BT": "at the bottom"}
"""Where a picture starts, by its direction."""


class Hub(NamedTuple):
    """A node of many uses.

    Attributes:
        first: the drawn consumer that its card has an edge to.
        uses: how many uses it has, drawn or not.
        is_leaf: whether no edge ends at its card.
    """

    first: Value
    uses: int
    is_leaf: bool


def _hubs(scene: Scene) -> dict[Value, Hub]:
    """Return the nodes with a card and many uses drawn, in topological order."""
    drawn: dict[Value, list[Value]] = {node: [] for node in scene.view.numbers if node in scene.cards}
    for consumer in scene.view.numbers:
        for operand in scene.graph.operands(consumer):
            if operand in drawn:
                drawn[operand].append(consumer)
    return {
        node: Hub(consumers[0], len(consumers) + scene.view.hidden_uses.get(node, 0), not scene.graph.operands(node))
        for node, consumers in drawn.items()
        if len(consumers) > MOST_EDGES
    }


class Uses:
    """The edges of a picture, each from a card, from an operation without a card, or from a chip."""

    def __init__(self, drawn: Picture, scene: Scene, rankdir: str) -> None:
        self._drawn, self._scene, self._rankdir = drawn, scene, rankdir
        self._hubs = _hubs(scene)
        self.has_chips = bool(self._hubs)
        self._chips: set[str] = set()

    def count(self, node: Value) -> str:
        """Return the number of uses for the card of a node with chips; "" for another."""
        return f"{self._hubs[node].uses:,} uses" if node in self._hubs else ""

    def draw(self, operand: Value, consumer: Value, head: str, looks: Mapping[str, str]) -> None:
        """Return the edge from `operand` to what stands for its use by `consumer`, drawing both ends."""
        numbers = self._scene.view.numbers
        hub = self._hubs.get(operand)
        if self._hubs and not self._scene.graph.operands(operand):
            looks = {**looks, "weight": "1"}
        if hub is None or hub.first is consumer:
            tail = f"{'n' if operand in self._scene.cards else 'o'}{numbers[operand]}"
            self._drawn.edge(tail, head, **looks)
            return
        chip = f"c{numbers[operand]}_{numbers[consumer]}"
        if chip not in self._chips:
            self._chips.add(chip)
            self._draw_chip(chip, operand, hub)
        self._drawn.edge(chip, head, **{**looks, "weight": "1"})

    def tidy(self) -> None:
        """Lay operations out in straight lines, and leaves with chips where the picture starts."""
        if self._hubs:
            self._drawn.edge_attr["weight"] = theme.WEIGHT
        leaves = [node for node, hub in self._hubs.items() if hub.is_leaf]
        if leaves:
            with self._drawn.subgraph() as start:
                start.attr(rank="source")
                for node in leaves:
                    start.node(f"n{self._scene.view.numbers[node]}")

    def _draw_chip(self, name: str, node: Value, hub: Hub) -> None:
        card = card_of(node, self._scene.result(node))
        title = self._title(node)
        where = SIDES[self._rankdir] if hub.is_leaf else f"before {shorten(self._title(hub.first))}"
        texts = (
            font(f"<B>{escape_label(shorten(title))}</B>", theme.INK, theme.SIZE - 2),
            font(f"card {escape_label(where)}", theme.QUIET, theme.SMALL),
        )
        row = "".join(f"<TD>{text}</TD>" for text in texts)
        self._drawn.node(
            name,
            label=f"<{table(f'<TR>{row}</TR>', padding=2)}>",
            color=card.outline,
            penwidth=f"{min(card.width, theme.CHIP_WIDTH):g}",
            style=card.style,
            fillcolor=card.fill if card is theme.WRONG else theme.CHIP_FILL,
            tooltip=graphviz.escape(one_line(title)),
            **theme.CHIP,
        )

    def _title(self, node: Value) -> str:
        return self._scene.names[node] or name_of(node)
