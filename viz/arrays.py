"""The card of an array: its name and shape, a map of its errors, and the note on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from handgrad import Value
from handgrad.number import one_line

from . import theme
from .fonts import text_width
from .heat import heat
from .label import card_of, escape_label, font, left_align, shorten, table, wrap
from .theme import Card

if TYPE_CHECKING:
    from handgrad.verdict.array_result import ArrayResult


def array_label(node: Value, name: str, result: ArrayResult | None, uses: str = "") -> str:
    """Return the card of an array by its verdict; `result` is None without a comparison."""
    card = card_of(node, result)
    shape = f"{node.shape}, {uses}" if uses else str(node.shape)
    title = shorten(name)  # "" for a constant
    colours: Sequence[Sequence[str]] = []
    note = ["?"] if card is theme.UNFILLED else []
    if result is not None and card is not theme.PLAIN and card is not theme.CONSTANT:
        colours, note = heat(result), _note(result, card)
    heading = font(escape_label(shape), theme.QUIET, theme.SMALL)
    if title:
        heading = f"{font(f'<B>{escape_label(title)}</B>', theme.INK, theme.SIZE)}<BR/>{heading}"
    rows = [_row(heading)]
    note_size = theme.SMALL + (card is theme.WRONG)
    if colours:
        texts = [text_width(title, theme.SIZE, bold=True), text_width(shape, theme.SMALL)]
        rows.append(_map_row(colours, card, max(*texts, *(text_width(line, note_size) for line in note))))
    if note:
        rows.append(_row(font(left_align(note), card.ink, note_size)))
    return f"<{table(''.join(rows), padding=3)}>"


def _row(content: str) -> str:
    return f'<TR><TD COLSPAN="2" ALIGN="LEFT" BALIGN="LEFT">{content}</TD></TR>'


def _note(result: ArrayResult, card: Card) -> list[str]:
    """Return the lines under the map."""
    if card is theme.CORRECT:
        if not result.total:
            return [f"{card.word}: it has no entries"]
        return [card.word if result.can_witness else f"{card.word}, but no witness"]
    if card is theme.UNFILLED:
        return ["?"]
    if card is theme.CARRIED:
        return [card.word]
    # The name is the card's title already.
    said = "" if result.slip is None else strip_name(result.slip.message, result.name)
    if result.numbers is None:
        return wrap(said or card.word)
    lines = [f"{result.wrong:,} of {result.total:,} wrong"]
    if result.first_wrong is not None:
        lines.append(f"first [{', '.join(map(str, result.first_wrong))}]")
    return lines + wrap(said or card.word)


def strip_name(message: str, name: str) -> str:
    """Return a slip's sentence without the name at its start."""
    return one_line(message).removeprefix(f"{one_line(name)}: ")


def _map_row(colours: Sequence[Sequence[str]], card: Card, texts: float) -> str:
    """Return the row of the map; `texts` is how wide the other rows are.

    A cause's map is drawn larger: it is what to look at.
    """
    size = theme.CELL if card is theme.WRONG else theme.SMALL_CELL
    width = len(colours[0]) * (size + 1) + 1
    # A table narrower than its card would stand in the card's middle.
    filler = math.ceil(texts) - width
    rest = f'<TD WIDTH="{filler}"></TD>' if filler > 0 else ""
    span = "" if rest else ' COLSPAN="2"'
    return f'<TR><TD{span} ALIGN="LEFT">{_map_table(colours, size, width)}</TD>{rest}</TR>'


def _map_table(colours: Sequence[Sequence[str]], size: int, width: int) -> str:
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{size}" HEIGHT="{size}" BGCOLOR="{{}}"></TD>'
    rows = "".join(f"<TR>{''.join(cell.format(colour) for colour in row)}</TR>" for row in colours)
    # Of a fixed size, as the squares would be spread out over the width of the card.
    fixed = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{len(colours) * (size + 1) + 1}"'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="0" {fixed}>{rows}</TABLE>'
