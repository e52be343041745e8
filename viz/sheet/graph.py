"""What a sheet shows of a graph: its nodes, operations and edges, each with its place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from handgrad import Value
from handgrad.names import expression
from handgrad.number import one_line, show

from .. import theme
from ..scene import Scene, describe_omission
from ..tones import largest, scale_of, tone_map
from .layout import Box, Layout, Places, places
from .notation import bracket
from .sendable import data_of
from .words import Words

CARD, NARROW_CARD = (172.0, 96.0), (126.0, 140.0)
ARRAY_CARD, BESIDE_ARRAYS = (184.0, 136.0), (120.0, 104.0)
"""A card with two maps; and in such a graph, one of a number, or of an array that is constant and has one."""
CHIP = (54.0, 26.0)
"""A constant, and a reference to a node that is drawn elsewhere."""

DISC = 28.0
SLOT_HEIGHT = 30.0
"""Of the boxes on a card, that of the data and that of the gradient: one that a finger finds, also made smaller."""

DATA_TOP = 28.0
LEFT, RIGHT, UPRIGHT_LEFT = 44.0, 8.0, 5.0
"""Where the boxes begin and end on a card; on an upright one a gradient has the whole width."""

BOX_WIDTH = 72.0
"""Of a leaf's data, beside its slider."""

LETTER = 8.0
"""About how wide a letter on a pill is."""

MANY_USES = 8
"""A node with more uses is drawn once; each use has a small reference to it beside it."""


@dataclass(frozen=True)
class Edge:
    """A line of the graph.

    Attributes:
        consumer, place: which use of the operand it is; consumer is None from an operation to its result.
    """

    key: str
    tail: str
    head: str
    path: str
    operand: Value
    consumer: Value | None
    place: int


class Drawn:
    """The part of a graph that is shown, laid out once.

    Attributes:
        nodes: those that have a card, in backward order.
        keys: a short name of each for the page's own use, "n3".
        ids: what a message calls each node of the view: its name, made unique.

    Args:
        down: whether the root is at the top, for a narrow screen.
    """

    def __init__(self, scene: Scene, words: Words, layout: Layout, *, down: bool = False) -> None:
        self.scene, self.words, self.is_upright = scene, words, down
        self.nodes = [node for node in reversed(list(scene.view.numbers)) if node in scene.cards]
        self.keys = {node: f"n{number}" for node, number in scene.view.numbers.items()}
        self.ids = _unique(reversed(list(scene.view.numbers)), words)
        self._layout = layout
        self._chips: dict[str, Value] = {}
        self._uses: list[tuple[str, str, Value, Value | None, int]] = []
        self._written: dict[Value, tuple[Any, float, dict[str, Any]]] = {}

    @property
    def note(self) -> str:
        """What of the graph is left out, "" for nothing."""
        said = describe_omission(self.scene).partition(";")[0]
        return said and f"{said.rstrip('.')}."

    @property
    def has_arrays(self) -> bool:
        return any(node.shape for node in self.nodes)

    @cached_property
    def operations(self) -> dict[str, Value]:
        """The discs, each with the node that it makes."""
        if self.scene.is_contracted:
            return {}
        return {f"o{number}": node for node, number in self.scene.view.numbers.items() if node.op is not None}

    @cached_property
    def places(self) -> Places:
        self._find_edges()
        sizes = {self.keys[node]: self.size_of(node) for node in reversed(self.nodes)}
        signs = {key: symbol(node) for key, node in self.operations.items()}
        sizes |= {key: (DISC if len(sign) <= 2 else LETTER * len(sign) + 14.0, DISC) for key, sign in signs.items()}
        sizes |= {key: (_width(self.words.name(node)), CHIP[1]) for key, node in self._chips.items()}
        return places(
            sizes, [use[:2] for use in self._uses], self._layout, down=self.is_upright, is_tight=self.has_arrays
        )

    @cached_property
    def edges(self) -> list[Edge]:
        curves: dict[tuple[str, str], list[str]] = {}
        for tail, head, path in self.places.curves:
            curves.setdefault((tail, head), []).append(path)
        found = []
        for number, (tail, head, operand, consumer, place) in enumerate(self._uses):
            waiting = curves.get((tail, head))
            if waiting:
                found.append(Edge(f"e{number}", tail, head, waiting.pop(0), operand, consumer, place))
        return found

    @cached_property
    def edge_keys(self) -> dict[tuple[Value, Value | None, int], str]:
        """What the line of each use is called: (operand, consumer, place) -> its key."""
        self._find_edges()
        return {use[2:]: f"e{number}" for number, use in enumerate(self._uses)}

    @property
    def chips(self) -> dict[str, Value]:
        """The references to nodes with many uses."""
        self._find_edges()
        return self._chips

    def box(self, key: str) -> Box:
        return self.places.boxes[key]

    def size_of(self, node: Value) -> tuple[float, float]:
        if node.is_constant and not node.shape:
            return _width(show(node.data)), CHIP[1]
        if self.has_arrays:
            return ARRAY_CARD if node.shape and not node.is_constant else BESIDE_ARRAYS
        return NARROW_CARD if self.is_upright else CARD

    def _find_edges(self) -> None:
        if self._uses:
            return
        numbers, scene = self.scene.view.numbers, self.scene
        drawn = [
            (node, place, operand)
            for node in numbers
            for place, operand in enumerate(scene.graph.operands(node) if scene.is_contracted else node.operands)
            if operand in numbers
        ]
        count = Counter(operand for _, _, operand in drawn)
        for node, place, operand in drawn:
            head = f"{'n' if scene.is_contracted else 'o'}{numbers[node]}"
            tail = f"{'n' if operand in scene.cards else 'o'}{numbers[operand]}"
            if count[operand] > MANY_USES and tail[0] == "n":
                tail = f"r{len(self._chips)}"
                self._chips[tail] = operand
            self._uses.append((tail, head, operand, node, place))
        for key, node in self.operations.items():
            if node in scene.cards:
                self._uses.append((key, self.keys[node], node, None, 0))

    def describe(self, node: Value) -> str:
        """Describe a node: "gradient of d, data 4, used by L"."""
        used = self.list_uses(node)
        return f"gradient of {self.words.name(node)}, {self.holds(node)}{f', used by {used}' if used else ', the root'}"

    def show_data(self, node: Value) -> dict[str, Any]:
        """Return a node's data as text: on its card, in its box's name, and for a slider."""
        data, scale = node.data, self.largest if node.shape else 0.0
        last = self._written.get(node)
        if last is None or last[0] is not data or last[1] != scale:
            now = {"shown": str(node.shape) if node.shape else show(data), "described": self.describe(node)}
            more = {"holds": self.describe_before_gradient(node), "map": self.map_of(node)}
            last = self._written[node] = data, scale, {**now, **more}
        return last[2]

    def map_of(self, node: Value) -> dict[str, Any] | None:
        """Return an array's numbers as a map, on one scale for all of them."""
        return tone_map(node.data, self.largest) if node.shape else None

    @property
    def largest(self) -> float:
        return largest(node.data for node in self.nodes)

    @property
    def scale(self) -> str:
        """Return the legend of the maps of data; "" where there is none."""
        return f"data from {scale_of(self.largest)}" if self.has_arrays else ""

    def holds(self, node: Value) -> str:
        """Return what it holds, in words."""
        return f"shape {node.shape}" if node.shape else f"data {show(node.data)}"

    def describe_before_gradient(self, node: Value) -> str:
        """Return what precedes a node's gradient in the list of words."""
        made = self.list_operands(node)
        return f"{self.words.name(node)}{f' = {made}' if made else ''}, {self.holds(node)}; gradient: "

    def list_uses(self, node: Value) -> str:
        """Return its uses; "" for the root."""
        users = list(dict.fromkeys(self.words.name(consumer) for consumer, _ in self.uses(node)))
        if len(users) > 4:
            users = [*users[:3], f"{len(users) - 3:,} more"]
        return " and ".join(filter(None, (", ".join(users[:-1]), *users[-1:])))

    def uses(self, node: Value) -> list[tuple[Value, int]]:
        assert self.scene.comparison is not None
        return self.scene.comparison.uses.get(node, [])

    def list_operands(self, node: Value) -> str:
        """Return how a node was made, "e + c"; "" for a leaf, or if its name says it already."""
        if node.op is None:
            return ""
        names, op = [self.words.name(operand) for operand in node.operands[:3]], node.op
        detail = getattr(op, "detail", "")
        if op.precedence and len(names) == 2:
            text = f"{bracket(names[0])} {symbol(node)} {bracket(names[1])}"
        elif op.name == "neg":
            text = f"\N{MINUS SIGN}{bracket(names[0])}"
        elif op.name == "index" and detail.startswith("["):
            text = f"{bracket(names[0])}{one_line(detail)}"
        else:
            more = [*(["..."] if len(node.operands) > 3 else []), *([one_line(detail)] if detail else [])]
            text = f"{one_line(op.name)}({', '.join([*names, *more])})"
        return text if node.label or not _is_same(text, expression(node)) else ""


def _is_same(text: str, other: str) -> bool:
    """Return whether two expressions differ at most in how they are set."""
    signs = str.maketrans({"\N{MINUS SIGN}": "-", "\N{MULTIPLICATION SIGN}": "*", " ": None, "(": None, ")": None})
    return text.translate(signs) == other.translate(signs)


def symbol(node: Value) -> str:
    """Return the sign on an operation's disc."""
    assert node.op is not None
    return one_line(theme.SYMBOLS.get(node.op.name, node.op.name))


def _width(text: str) -> float:
    return min(140.0, max(CHIP[0], LETTER * len(text) + 18.0))


def _unique(nodes: Iterable[Value], words: Words) -> dict[Value, str]:
    found: dict[Value, str] = {}
    taken: set[str] = set()
    # Constants last: two of them may have the same name, or that of a node.
    for node in sorted(nodes, key=lambda node: node.is_constant):
        name, count = words.key(node), 1
        while (wanted := name if count == 1 else f"{name} ({count})") in taken:
            count += 1
        taken.add(wanted)
        found[node] = wanted
    return found


def geometry(drawn: Drawn, asked: Sequence[Value]) -> dict[str, Any]:
    """Return the places of everything for a page; `asked` are the nodes with a box to type in."""
    words, asked_nodes = drawn.words, set(asked)
    places = drawn.places
    nodes = [
        {
            "id": drawn.ids[node],
            "key": drawn.keys[node],
            "name": words.name(node),
            "data": data_of(node),
            "shape": list(node.shape),
            "op": node.op.name if node.op else None,
            "is_constant": node.is_constant,
            "is_asked": node in asked_nodes,
            "described": drawn.describe(node),
            "uses": [drawn.ids[user] for user, _ in drawn.uses(node) if user in drawn.ids],
            "place": [round(x, 1) for x in drawn.box(drawn.keys[node])[:2]],
            "slot": slot(drawn, node),
            "leaf": leaf(drawn, node),
            "map": drawn.map_of(node),
        }
        for node in drawn.nodes
    ]
    operations = [
        {"key": key, "of": drawn.ids.get(node), "symbol": symbol(node), "place": list(drawn.box(key)[:2])}
        for key, node in drawn.operations.items()
    ]
    edges = [
        {
            "key": edge.key,
            "from": edge.tail,
            "to": edge.head,
            "d": edge.path,
            "operand": drawn.ids.get(edge.operand),
            "consumer": drawn.ids.get(edge.consumer) if edge.consumer is not None else None,
        }
        for edge in drawn.edges
    ]
    return {
        "nodes": nodes,
        "operations": operations,
        "edges": edges,
        "size": [round(places.width, 1), round(places.height, 1)],
    }


def slot(drawn: Drawn, node: Value) -> list[float]:
    """Return the box of the gradient: left, top, width, height, in the picture's own units."""
    box = drawn.box(drawn.keys[node])
    left, top = box.x - box.width / 2, box.y - box.height / 2
    begin = slot_left(drawn)
    width = box.width - begin - min(begin, RIGHT)
    return [round(n, 1) for n in (left + begin, top + box.height - SLOT_HEIGHT - 6, width, SLOT_HEIGHT)]


def slot_left(drawn: Drawn) -> float:
    """Return where the box of a gradient begins on a card."""
    return UPRIGHT_LEFT if drawn.is_upright and not drawn.has_arrays else LEFT


def leaf(drawn: Drawn, node: Value) -> dict[str, Any] | None:
    """Return the place of the box and slider of a one-number leaf, and the slider's range."""
    if node.shape or not node.is_leaf or node.is_constant:
        return None
    box = drawn.box(drawn.keys[node])
    left, top = box.x - box.width / 2 + LEFT, box.y - box.height / 2 + DATA_TOP
    room, ends = box.width - LEFT - RIGHT, round_span(node.data)
    if drawn.is_upright:  # there the slider has a line of its own
        width, slider = room, (left - LEFT + RIGHT, top + SLOT_HEIGHT + 1, box.width - 2 * RIGHT)
    else:
        width, slider = BOX_WIDTH, (left + BOX_WIDTH + 4, top, room - BOX_WIDTH - 4)
    return {
        "name": f"data of {drawn.words.name(node)}",
        "box": [round(n, 1) for n in (left, top, width, SLOT_HEIGHT)],
        "slider": [round(n, 1) for n in (*slider, SLOT_HEIGHT)],
        "range": [-ends, ends, ends / 100],
        "shown": show(node.data),
    }


def round_span(x: float) -> float:
    """Return how far a slider goes to both sides: a round number, about twice the current one."""
    wanted = 2.0 * abs(x) or 2.0
    tens = 10.0 ** math.floor(math.log10(wanted))
    return next(factor * tens for factor in (1.0, 2.0, 5.0, 10.0) if factor * tens >= wanted * 0.999)
