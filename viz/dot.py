"""A view as DOT: a pure function of the nodes, so that the same program gives the same text."""

from __future__ import annotations

import math

import graphviz

from handgrad import Value
from handgrad.autodiff import local_derivatives
from handgrad.number import show
from handgrad.table import one_line

from . import theme
from .errors import OptionError
from .focus import View
from .label import card_of, foot_label, node_label, symbol_label
from .renderer import Picture
from .scene import Scene, edges_not_added, left_out

RANKDIRS = ("LR", "TB", "RL", "BT")


def picture(scene: Scene, *, reveal: bool, rankdir: str, derivatives: bool, legend: bool) -> Picture:
    """The picture of a scene; its node ids are places in the topological order.

    Raises:
        OptionError: `rankdir` is not a direction.
    """
    drawn = new_picture(rankdir)
    results = [result for node in scene.view.numbers if (result := scene.result(node)) is not None]
    not_added = {edge for result in results for edge in edges_not_added(result)}
    present = set()
    for node, number in scene.view.numbers.items():
        result = scene.result(node)
        card = card_of(node, result)
        present.add(card)
        drawn.node(
            f"n{number}",
            label=node_label(node, scene.names[node], result, scene.titles, reveal=reveal),
            color=card.outline,
            penwidth=f"{card.width:g}",
            style=card.style,
            fillcolor=card.fill,
            tooltip=graphviz.escape(one_line(scene.names[node])),
        )
        if node.op is not None:
            _draw_operation(drawn, node, number, scene.view, derivatives, not_added)
        hidden = scene.view.hidden_uses.get(node)
        if hidden:
            _draw_stub(drawn, f"u{number}", hidden, (f"n{number}", f"u{number}"))
    keys = [card for card in theme.LEGEND if card in present] if legend else []
    foot = foot_label(keys, left_out(scene))
    if foot:
        drawn.attr("graph", label=foot)
    return drawn


def new_picture(rankdir: str) -> Picture:
    """A picture without nodes.

    Raises:
        OptionError: `rankdir` is not a direction.
    """
    if rankdir not in RANKDIRS:
        raise OptionError("rankdir", rankdir, f"one of {', '.join(RANKDIRS)}")
    attributes = {"rankdir": rankdir, **theme.GRAPH}
    return Picture("handgrad", graph_attr=attributes, node_attr=theme.NODE, edge_attr=theme.EDGE)


def _draw_operation(
    drawn: Picture,
    node: Value,
    number: int,
    view: View,
    derivatives: bool,
    not_added: set[tuple[Value, int]],
) -> None:
    """The operation's disc, one edge an operand into it and one edge out of it to its result."""
    assert node.op is not None
    disc = f"o{number}"
    symbol = theme.SYMBOLS.get(node.op.name, node.op.name)
    # A word would blow a circle up.
    shape = theme.CIRCLE if len(symbol) <= 2 else theme.PILL
    drawn.node(disc, label=symbol_label(symbol), tooltip=graphviz.escape(one_line(node.op.name)), **theme.DISC, **shape)
    locals_ = _derivative_texts(node) if derivatives else [""] * len(node.operands)
    hidden = 0
    for place, (operand, local) in enumerate(zip(node.operands, locals_)):
        if operand not in view.numbers:
            hidden += 1
            continue
        if (node, place) in not_added:
            looks = {"label": f"{local}, not added".removeprefix(", "), **theme.NOT_ADDED}
        else:
            looks = {"label": local} if local else {}
        drawn.edge(f"n{view.numbers[operand]}", disc, **looks)
    if hidden:
        _draw_stub(drawn, f"i{number}", hidden, (f"i{number}", disc))
    drawn.edge(disc, f"n{number}")


def _draw_stub(drawn: Picture, name: str, count: int, edge: tuple[str, str]) -> None:
    """A small end where an edge leaves the view."""
    drawn.node(
        name,
        label=f"... {count:,} more",
        shape="plaintext",
        fontsize=str(theme.SMALL),
        fontcolor=theme.QUIET,
    )
    drawn.edge(*edge, style="dotted", arrowhead="none")


def _derivative_texts(node: Value) -> list[str]:
    """The local derivative of each edge into a node; "" where there is none or nobody asks."""
    try:
        found = local_derivatives(node)
    except (ArithmeticError, ValueError):
        return [""] * len(node.operands)
    return [
        "" if operand.is_constant or not math.isfinite(local) else show(local)
        for operand, local in zip(node.operands, found)
    ]
