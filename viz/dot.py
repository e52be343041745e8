"""A view as DOT: a pure function of the nodes, so that the same program gives the same text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import graphviz

from handgrad import NodeResult, Value
from handgrad.local import local_derivatives
from handgrad.names import expression, name_of
from handgrad.number import one_line, show
from handgrad.ops import Op

from . import theme
from .arrays import array_label
from .chips import Uses
from .errors import OptionError
from .heat import shows_errors
from .label import card_of, foot_label, node_label, shorten, symbol_label
from .renderer import Picture
from .scene import Scene, describe_omission, edges_not_added
from .theme import Card

RANKDIRS = ("LR", "TB", "RL", "BT")

MOST_WITH_CARE = 50
"""A picture of more nodes is laid out with less patience: where all depends on all, the best takes minutes to find."""


def picture(
    scene: Scene, *, reveal: bool, rankdir: str, derivatives: bool, legend: bool, is_cut: bool = False
) -> Picture:
    """Return the picture of a scene, its node ids the positions in the topological order.

    Args:
        scene: what to draw.
        reveal, rankdir, derivatives, legend: see `viz.draw`.
        is_cut: whether it stands for a larger one that takes the renderer too long, which its foot tells.

    Raises:
        OptionError: `rankdir` is not a direction, or local derivatives are asked for where no operation is drawn.
    """
    drawn = new_picture(rankdir)
    if derivatives and scene.is_contracted:
        raise OptionError("derivatives", derivatives, "a larger limit=, or no around=: this picture has no operations")
    results = [result for node in scene.view.numbers if (result := scene.result(node)) is not None]
    not_added = {edge for result in results for edge in edges_not_added(result)}
    uses = Uses(drawn, scene, rankdir)
    present = set()
    for node, number in scene.view.numbers.items():
        if node in scene.cards:
            result = scene.result(node)
            card = card_of(node, result)
            present.add(card)
            looks = card._replace(width=theme.CAUSE_WIDTH) if node.shape and card is theme.WRONG else card
            title = scene.names[node] or name_of(node)
            label = _label(scene, node, result, uses.count(node), reveal)
            draw_card(drawn, f"n{number}", looks, title, label)
        if scene.is_contracted:
            _draw_edges(drawn, node, number, scene, uses, not_added)
        elif node.op is not None:
            _draw_operation(drawn, node, number, scene, uses, derivatives, not_added)
        hidden = scene.view.hidden_uses.get(node)
        if hidden:
            _draw_stub(drawn, f"u{number}", hidden, (f"n{number}", f"u{number}"))
    keys = [card for card in theme.LEGEND if card in present] if legend else []
    uses.tidy()
    if len(scene.view.numbers) > MOST_WITH_CARE:
        drawn.graph_attr.update(theme.HASTE)
    said = [
        describe_omission(scene),
        _CUT if is_cut else "",
        _CHIPS if legend and uses.has_chips else "",
        _MAP if legend and any(map(shows_errors, results)) else "",
    ]
    foot = foot_label(keys, " ".join(filter(None, said)))
    if foot:
        drawn.attr("graph", label=foot)
    return drawn


_CUT = "It takes too long to lay out more."
_CHIPS = "A chip stands for one of a node's many uses; it says where the node's card is."
_MAP = "A square is one entry or one block of an array, the darker the larger its error."


def _label(scene: Scene, node: Value, result: NodeResult | None, uses: str, reveal: bool) -> str:
    name = scene.names[node]
    if node.shape and (result is None or result.shape):
        return array_label(node, name, result, uses)  # type: ignore[arg-type]
    return node_label(node, name, result, scene.titles, reveal=reveal, has_grads=scene.has_grads, uses=uses)


def draw_card(drawn: Picture, name: str, card: Card, title: str, label: str) -> None:
    """Draw a box with a label, by the looks of a card."""
    drawn.node(
        name,
        label=label,
        color=card.outline,
        penwidth=f"{card.width:g}",
        style=card.style,
        fillcolor=card.fill,
        tooltip=graphviz.escape(one_line(title)),
    )


def new_picture(rankdir: str) -> Picture:
    """Return a picture without nodes.

    Raises:
        OptionError: `rankdir` is not a direction.
    """
    if rankdir not in RANKDIRS:
        raise OptionError("rankdir", rankdir, f"one of {', '.join(RANKDIRS)}")
    attributes = {"rankdir": rankdir, **theme.GRAPH}
    return Picture("handgrad", graph_attr=attributes, node_attr=theme.NODE, edge_attr=theme.EDGE)


def _draw_edges(
    drawn: Picture, node: Value, number: int, scene: Scene, uses: Uses, not_added: set[tuple[Value, int]]
) -> None:
    """Draw edges from a node's operands, through its operation."""
    shown = scene.view.numbers
    operands = scene.graph.operands(node)
    for operand in operands:
        if operand in shown:
            looks = {"label": "not added", **theme.NOT_ADDED} if _is_lost(operand, node, scene, not_added) else {}
            uses.draw(operand, node, f"n{number}", looks)
    hidden = sum(operand not in shown for operand in operands)
    if hidden:
        _draw_stub(drawn, f"i{number}", hidden, (f"i{number}", f"n{number}"))


def _is_lost(operand: Value, node: Value, scene: Scene, not_added: set[tuple[Value, int]]) -> bool:
    """Return whether an edge shows only uses that are not added."""
    if scene.comparison is None or not not_added:
        return False
    uses = scene.comparison.uses[operand]
    direct = [use for use in uses if use[0] is node]
    # What is computed on the way, and has no card, may lead to the node too.
    return bool(direct) and not_added.issuperset(direct) and all(consumer in scene.cards for consumer, _ in uses)


def _draw_operation(
    drawn: Picture,
    node: Value,
    number: int,
    scene: Scene,
    uses: Uses,
    derivatives: bool,
    not_added: set[tuple[Value, int]],
) -> None:
    """Draw the operation's disc, one edge out of it and one an operand into it."""
    assert node.op is not None
    draw_disc(drawn, f"o{number}", node.op)
    locals_ = _derivative_texts(node, scene) if derivatives else [""] * len(node.operands)
    hidden = 0
    for place, (operand, local) in enumerate(zip(node.operands, locals_)):
        if operand not in scene.view.numbers:
            hidden += 1
            continue
        if (node, place) in not_added:
            looks = {"label": f"{local}, not added".removeprefix(", "), **theme.NOT_ADDED}
        else:
            looks = {"label": local} if local else {}
        uses.draw(operand, node, f"o{number}", looks)
    if hidden:
        _draw_stub(drawn, f"i{number}", hidden, (f"i{number}", f"o{number}"))
    if node in scene.cards:
        drawn.edge(f"o{number}", f"n{number}")


def draw_disc(drawn: Picture, name: str, op: Op) -> None:
    """Draw the sign of an operation."""
    symbol = theme.SYMBOLS.get(op.name, op.name)
    # A word would blow a circle up.
    shape = theme.CIRCLE if len(symbol) <= 2 else theme.PILL
    drawn.node(name, label=symbol_label(symbol), tooltip=graphviz.escape(one_line(op.name)), **theme.DISC, **shape)


def _draw_stub(drawn: Picture, name: str, count: int, edge: tuple[str, str]) -> None:
    """Draw a small end where an edge leaves the view."""
    drawn.node(
        name,
        label=f"... {count:,} more",
        shape="plaintext",
        fontsize=str(theme.SMALL),
        fontcolor=theme.QUIET,
    )
    drawn.edge(*edge, style="dotted", arrowhead="none")


def _derivative_texts(node: Value, scene: Scene) -> Sequence[str]:
    """Return the local derivative of each edge into a node; "" for none.

    Where arrays are involved it is no number, and the operation's rule stands there.
    """
    if node.shape or any(operand.shape for operand in node.operands):
        return _rule_texts(node, scene)
    try:
        found = local_derivatives(node)
    except (ArithmeticError, ValueError):
        return [""] * len(node.operands)
    return [
        "" if operand.is_constant or not math.isfinite(local) else show(local)
        for operand, local in zip(node.operands, found)
    ]


def _rule_texts(node: Value, scene: Scene) -> Sequence[str]:
    """Return an operation's rule by each operand, with the nodes' names for its letters.

    A rule of one operand calls it x, one of two a and b, and all of them the result y.
    """
    assert node.op is not None
    letters = {1: "x", 2: "ab"}.get(len(node.operands), "")
    meant = {letter: _rule_name(operand, scene) for letter, operand in zip(letters, node.operands)}
    meant["y"] = _rule_name(node, scene)

    def spell(found: re.Match[str]) -> str:
        in_brackets, alone = found.groups()
        text = meant.get(in_brackets or alone, in_brackets or alone)
        return f"({text})" if in_brackets or not _SIMPLE.fullmatch(text) else text

    rules = node.op.rule if len(node.op.rule) == len(node.operands) else [""] * len(node.operands)
    return [
        "" if operand.is_constant else graphviz.escape(_LETTER.sub(spell, rule))
        for operand, rule in zip(node.operands, rules)
    ]


def _rule_name(node: Value, scene: Scene) -> str:
    """Return a node's name in a rule: on its card, a short expression, or "..."."""
    return shorten((scene.names[node] if node in scene.cards else expression(node)) or "...")


_LETTER = re.compile(r"\(([abxy])\)|\b([abxy])\b")
_SIMPLE = re.compile(r"[\w.]*")
