"""The view by arrays: a card an array with a map of its errors, and the edges between arrays."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import graphviz

from handgrad import Comparison, Value
from handgrad.arraywise.comparison import ArrayComparison, ArrayResult
from handgrad.arraywise.graph import Columns, whole_graph
from handgrad.arraywise.names import ArrayName
from handgrad.arraywise.order import ArrayGraph, array_graph
from handgrad.graph import topological_order, walking
from handgrad.number import show
from handgrad.table import one_line

from . import theme
from .dot import new_picture
from .heat import heat
from .label import foot_label, shortened, written
from .renderer import Picture
from .theme import Card

MOST_ARRAYS = 60
"""More arrays than this are cut to the most urgent ones: more could not be seen."""

_URGENCY = ("wrong", "missing", "carried", "correct", "skipped")


class _Scene(NamedTuple):
    graph: ArrayGraph
    results: Mapping[ArrayName, ArrayResult]
    root: Value
    comparison: ArrayComparison | None


def array_picture(target: Value | Comparison, *, rankdir: str, legend: bool, limit: int) -> Picture:
    """The picture of a graph or a comparison by arrays.

    Raises:
        OptionError: `rankdir` is not a direction.
    """
    scene = _scene_of(target)
    drawn = new_picture(rankdir)
    order = scene.graph.backward_order
    shown = _most_urgent(scene, min(limit, MOST_ARRAYS))
    ids = {named: f"a{number}" for number, named in enumerate(reversed(order)) if named in shown}
    present: set[Card] = set()
    for named, name in ids.items():
        result = scene.results.get(named)
        card = theme.PLAIN if result is None else theme.CARDS[result.status.value]
        present.add(card)
        title = named.name if result is None else result.name
        _draw_card(drawn, name, title, card, _array_label(title, named, result, card))
    if scene.graph.of_root:
        card = _draw_root(drawn, scene)
        present.add(card)
    for named, name in ids.items():
        for operand in scene.graph.operands[named]:
            if operand in ids:
                drawn.edge(ids[operand], name)
    for operand in scene.graph.of_root:
        if operand in ids:
            drawn.edge(ids[operand], "root")
    keys = [card for card in theme.LEGEND if card in present] if legend else []
    foot = foot_label(keys, _sentence(scene, len(ids), legend))
    if foot:
        drawn.attr("graph", label=foot)
    return drawn


def _scene_of(target: Value | Comparison) -> _Scene:
    if isinstance(target, ArrayComparison):
        return _Scene(target.graph, {r.named: r for r in target.every_array}, target.root, target)
    assert isinstance(target, Value)
    with walking:
        columns = Columns(*whole_graph(target, topological_order(target)))
    return _Scene(array_graph(columns), {}, target, None)


def _most_urgent(scene: _Scene, limit: int) -> set[ArrayName]:
    order = list(scene.graph.backward_order)
    if scene.results:
        order.sort(key=lambda named: _URGENCY.index(scene.results[named].status.value))
    return set(order[:limit])


def _draw_card(drawn: Picture, name: str, title: str, card: Card, label: str) -> None:
    drawn.node(
        name,
        label=label,
        color=card.outline,
        penwidth=f"{theme.CAUSE_WIDTH if card is theme.WRONG else card.width:g}",
        style=card.style,
        fillcolor=card.fill,
        tooltip=graphviz.escape(one_line(title)),
    )


def _draw_root(drawn: Picture, scene: _Scene) -> Card:
    """The node where backward starts, where it is in no array."""
    comparison, root = scene.comparison, scene.root
    result = None if comparison is None else comparison.results[0]
    card = theme.PLAIN if result is None else theme.CARDS[result.status.value]
    name = root.label or "output"
    note = [] if result is None or result.slip is None else _wrapped(result.slip.message)
    rows = [_title_row(name, f"data {show(root.data)}"), *_note_rows(note, card)]
    _draw_card(drawn, "root", name, card, _card_label(rows))
    return card


def _array_label(title: str, named: ArrayName, result: ArrayResult | None, card: Card) -> str:
    rows = [_title_row(title, str(named.shape))]
    if result is None or result.status.value == "skipped":
        return _card_label(rows)
    rows.append(f'<TR><TD ALIGN="LEFT">{_map_table(heat(result), card)}</TD></TR>')
    rows.extend(_note_rows(_note(result, card), card))
    return _card_label(rows)


def _note(result: ArrayResult, card: Card) -> list[str]:
    if card is theme.CORRECT:
        return [card.word if result.can_witness else f"{card.word}, but no witness"]
    if card is theme.UNFILLED:
        return ["?"]
    if card is theme.CARRIED:
        return [card.word]
    lines = [f"{result.wrong:,} of {result.total:,} wrong"]
    if result.first_wrong:
        lines.append(f"first [{', '.join(map(str, result.first_wrong))}]")
    slip = result.slip
    # The name is the card's title already.
    return lines if slip is None else lines + _wrapped(slip.message.removeprefix(f"{result.name}: "))


def _wrapped(message: str) -> list[str]:
    message = one_line(message)
    return textwrap.wrap(message, theme.NOTE_WIDTH, max_lines=theme.LONGEST_NOTE, placeholder=" ...")


def _title_row(name: str, detail: str) -> str:
    title = f'<FONT COLOR="{theme.INK}" POINT-SIZE="{theme.SIZE}"><B>{written(shortened(name))}</B></FONT>'
    small = f'<FONT COLOR="{theme.QUIET}" POINT-SIZE="{theme.SMALL}">{written(detail)}</FONT>'
    return f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{title}<BR/>{small}</TD></TR>'


def _note_rows(lines: Sequence[str], card: Card) -> list[str]:
    if not lines:
        return []
    text = "".join(f'{written(line)}<BR ALIGN="LEFT"/>' for line in lines)
    font = f'<FONT COLOR="{card.ink}" POINT-SIZE="{theme.SMALL + (card is theme.WRONG)}">{text}</FONT>'
    return [f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{font}</TD></TR>']


def _card_label(rows: Sequence[str]) -> str:
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{"".join(rows)}</TABLE>>'


def _map_table(colours: Sequence[Sequence[str]], card: Card) -> str:
    """A cause's map is drawn larger: it is what is to be looked at."""
    size = theme.CELL if card is theme.WRONG else theme.SMALL_CELL
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{size}" HEIGHT="{size}" BGCOLOR="{{}}"></TD>'
    rows = "".join(f"<TR>{''.join(cell.format(colour) for colour in row)}</TR>" for row in colours)
    width, height = len(colours[0]) * (size + 1) + 1, len(colours) * (size + 1) + 1
    # Of a fixed size, as the squares would be spread out over the width of the card.
    fixed = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="0" {fixed}>{rows}</TABLE>'


def _sentence(scene: _Scene, shown: int, legend: bool) -> str:
    total = len(scene.graph.backward_order)
    said = [] if shown == total else [f"Showing {shown:,} of {total:,} arrays."]
    if legend and any(result.wrong for result in scene.results.values()):
        said.append("A square is one entry or one block of an array, the darker the larger its error.")
    return " ".join(said)
