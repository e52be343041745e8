"""The sheet before any script has run: its first picture as SVG, and the same in words.

Afterwards the script changes classes and words in it, and lays the boxes to type in over it; nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from handgrad import Value
from handgrad.number import show

from .. import theme
from ..fonts import text_width
from .graph import LEFT, RIGHT, SLOT_HEIGHT, Drawn, slot_left, symbol
from .layout import Box

if TYPE_CHECKING:
    from .sheet import Sheet

MARGIN = 14.0
NAME_SIZE = 15.0
WIDER = 1.2
"""How much wider the viewer's font may be than the one that is measured."""

MAP = (76.0, 44.0)
"""The room for an array's map: its data at the left, at the right its errors, or in the pass its gradient."""

LARGEST_SQUARE = 14.0
MAP_TOP = 54.0
MAPS_LEFT = (12.0, 96.0)

_SHADES = {theme.COLD: "cold", theme.COLD_MISSING: "hole"} | {
    shade: f"{status}-{place}" for status, shades in theme.HEAT.items() for place, shade in enumerate(shades, start=1)
}
"""What a square is called by its colour: on dark paper it has another."""


def svg(sheet: Sheet, drawn: Drawn) -> str:
    """Return the picture of the graph with its verdicts."""
    verdicts = sheet.marks.verdicts()
    places = drawn.places
    width, height = places.width + 2 * MARGIN, places.height + 2 * MARGIN
    size = f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" class="hg-picture" {size} aria-hidden="true" focusable="false">']
    # An arrowhead of one size, whatever the width of its line.
    parts.append(
        '<defs><marker id="hg-tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0,0.5L8,4L0,7.5z"/></marker>'
        '<marker id="hg-tip-lit" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="10" markerHeight="10" '
        'markerUnits="userSpaceOnUse" orient="auto"><path class="tip lit" d="M0,0.5L8,4L0,7.5z"/></marker></defs>'
    )
    for edge in drawn.edges:
        kind = "edge out" if edge.consumer is None else "edge"
        parts.append(f'<path class="{kind}" data-edge="{edge.key}" marker-end="url(#hg-tip)" d="{edge.path}"/>')
    parts += [_small(drawn.box(key), symbol(node), "disc") for key, node in drawn.operations.items()]
    for key, node in drawn.chips.items():
        parts.append(_small(drawn.box(key), _cut(sheet.words.name(node), 14), "chip", f' data-of="{drawn.keys[node]}"'))
    for node in reversed(drawn.nodes):
        box = drawn.box(drawn.keys[node])
        if node.is_constant and not node.shape:
            parts.append(_small(box, show(node.data), "constant"))
        else:
            parts.append(_card(sheet, drawn, node, box, verdicts.get(drawn.ids[node])))
    return "".join([*parts, '<g class="over"></g></svg>'])


def _card(sheet: Sheet, drawn: Drawn, node: Value, box: Box, entry: dict[str, Any] | None) -> str:
    key, name = drawn.keys[node], sheet.words.name(node)
    status = entry["status"] if entry else "skipped"
    holds = ("shape", str(node.shape)) if node.shape else ("data", show(node.data))
    w, h = box.width, box.height
    corner = f"translate({box.x - w / 2:.1f},{box.y - h / 2:.1f})"
    room = w - (20 if status == "skipped" else 66)  # beside the name stands the verdict
    word = "" if status == "skipped" else status
    parts = [
        f'<g class="card {status}" data-node="{key}" transform="{corner}">',
        f"<title>{escape(name)}</title>",
        f'<rect class="paper" width="{w:g}" height="{h:g}" rx="9"/>',
        f'<text class="name" x="10" y="20">{escape(_fit_name(name, room))}</text>',
        f'<text class="status" x="{w - 9:g}" y="19">{word}</text>',
        f'<text class="caption" x="10" y="46">{holds[0]}</text>',
        f'<text class="data" x="51" y="46.5">{escape(holds[1])}</text>',
    ]
    hidden = drawn.scene.view.hidden_uses.get(node)
    if hidden:
        parts.append(f'<text class="caption more" x="{w - 9:g}" y="{h + 13:g}">+{hidden:,} uses</text>')
    if node in sheet.marks.asked or not node.is_constant:
        top = h - SLOT_HEIGHT - 6
        hole = (entry or {}).get("hole", "?") if node in sheet.marks.asked else ""
        text = (entry or {}).get("text") or hole
        begin, middle = slot_left(drawn), top + SLOT_HEIGHT / 2 + 4.5
        caption = top - 5 if begin < LEFT else middle
        parts.append(f'<text class="caption of-slot" x="10" y="{caption:g}">grad</text>')
        size = f'width="{w - begin - min(begin, RIGHT):g}" height="{SLOT_HEIGHT:g}"'
        parts.append(f'<rect class="slot" x="{begin:g}" y="{top:g}" {size} rx="5"/>')
        parts.append(f'<text class="typed" x="{begin + 7:g}" y="{middle:g}">{escape(_cut(text, 11))}</text>')
        parts.append(f'<text class="sum" x="{begin + 7:g}" y="{middle:g}"></text>')
    if node.shape:
        left, right = (f'transform="translate({x:g},{MAP_TOP:g})"' for x in MAPS_LEFT)
        parts.append(f'<g class="tones of-data" {left}>{draw_map(drawn.map_of(node) or {})}</g>')
        parts.append(f'<g class="heat" {right}>{(entry or {}).get("map", "")}</g><g class="tones of-grad" {right}></g>')
    return "".join([*parts, "</g>"])


def draw_map(map_: dict[str, Any]) -> str:
    """Return a map of numbers, as large as it fits."""
    rows = map_.get("tones") or []
    return "".join(f'<rect class="tone-{rows[y][x]}" {place}/>' for y, x, place in _squares(rows))


def _squares(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and place of each square."""
    if not rows:
        return
    side = min(LARGEST_SQUARE, MAP[0] / len(rows[0]), MAP[1] / len(rows))
    for y, row in enumerate(rows):
        for x in range(len(row)):
            place = f'x="{x * side:.1f}" y="{y * side:.1f}" width="{side - 0.8:.1f}" height="{side - 0.8:.1f}"'
            yield y, x, place


def heat_map(colours: list[list[str]]) -> str:
    """Return a map of squares, as large as they fit."""
    return "".join(
        f'<rect class="{_SHADES[colours[y][x]]}" {place} fill="{colours[y][x]}"/>' for y, x, place in _squares(colours)
    )


def _small(box: Box, text: str, kind: str, more: str = "") -> str:
    text = f'<text x="{box.x:.1f}" y="{box.y + 4.5:.1f}">{escape(text)}</text>'
    return f'<g class="{kind}"{more}><rect {round_ended(box)}/>{text}</g>'


def round_ended(box: Box) -> str:
    """Return the place of a rectangle whose ends are round."""
    left, top = box.x - box.width / 2, box.y - box.height / 2
    return f'x="{left:.1f}" y="{top:.1f}" width="{box.width:g}" height="{box.height:g}" rx="{box.height / 2:g}"'


def describe_graph(sheet: Sheet) -> str:
    """Return the graph as a nested list: each node, and under it its uses."""
    drawn, verdicts, words = sheet.drawn, sheet.marks.verdicts(), sheet.words
    items = []
    for node in drawn.nodes:
        if node.is_constant:
            continue
        entry = verdicts[drawn.ids[node]]
        told = str(entry["state"])
        holds = (
            f'<span class="holds" data-node="{drawn.keys[node]}">{escape(drawn.describe_before_gradient(node))}</span>'
        )
        state = f'<span class="state" data-node="{drawn.keys[node]}">{escape(told)}</span>'
        uses = "".join(
            f"<li>{escape(words.name(consumer))}, by {escape(str(consumer.op))}</li>"
            for consumer, _ in drawn.uses(node)[:12]
        )
        used = f"Used by<ul>{uses}</ul>" if uses else "The root: the pass starts here."
        items.append(f"<li>{holds}{state}. {used}</li>")
    return f"<ul>{''.join(items)}</ul>"


def state_of(status: str, text: str) -> str:
    """Return a verdict in words, after what was typed."""
    if status == "skipped":
        return "not asked for"
    return f"{text}, {status}" if text else status


def _fit_name(name: str, room: float) -> str:
    """Return as much of a card's name as fits, in pixels."""
    shown = len(name)
    while shown > 1 and text_width(_cut(name, shown), NAME_SIZE, bold=True) * WIDER > room:
        shown -= 1
    return _cut(name, shown)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
