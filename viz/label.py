"""The HTML-like labels of a picture: a node's card, and the legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

from handgrad import NodeResult, Value
from handgrad.number import show
from handgrad.table import one_line

from . import theme
from .theme import Card


def written(text: str) -> str:
    """A text made safe for an HTML-like label: control characters written out, marks escaped."""
    # Backslashes too: in a label `\\N` would be replaced by the node's id.
    return escape(one_line(text)).replace("\\", "\\\\")


def shortened(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= theme.LONGEST_NAME else name[: theme.LONGEST_NAME - 3] + "..."


def card_of(node: Value, result: NodeResult | None) -> Card:
    """The looks of a node: by its verdict, or for a graph that is not compared by what is filled in."""
    if node.is_constant:
        return theme.CONSTANT
    if result is not None:
        return theme.CARDS[result.status.value]
    return theme.UNFILLED if node.grad is None else theme.PLAIN


def node_label(node: Value, name: str, result: NodeResult | None, titles: tuple[str, str], *, reveal: bool) -> str:
    """The card of a node: name, data and grad in columns; under them what is to be said about it.

    `titles` is what the number judged and the one expected are called.
    """
    card = card_of(node, result)
    cells = [_name_cell(name, card)]
    if card is theme.CONSTANT:
        if name != show(node.data):
            cells.append(_number_cell("data", show(node.data), card.ink))
        return _card_table(cells, [], card)
    cells.append(_number_cell("data", show(node.data), theme.INK))
    if result is None:
        cells.append(_number_cell(titles[0], show(node.grad), card.ink, bold=node.grad is None))
        return _card_table(cells, [], card)
    actual, expected, is_open = result.actual, result.expected, card in theme.OPEN
    if card is theme.PLAIN and actual is None:  # nobody asks for it
        return _card_table(cells, _note(card, result), card)
    cells.append(_number_cell(titles[0], show(actual, expected if is_open else None), card.ink, bold=is_open))
    if reveal and is_open:
        cells.append(_number_cell(titles[1], show(expected, actual), theme.CORRECT.ink))
    if card is theme.CORRECT:
        cells.append(_word_cell(card))
    return _card_table(cells, _note(card, result), card)


def _note(card: Card, result: NodeResult) -> list[str]:
    """The lines under a card's numbers."""
    if result.slip is not None:
        message = one_line(result.slip.message)
        return textwrap.wrap(message, theme.NOTE_WIDTH, max_lines=theme.LONGEST_NOTE, placeholder=" ...")
    return [card.word] if card in (theme.WRONG, theme.CARRIED) else []


def _card_table(cells: list[str], note: list[str], card: Card) -> str:
    rows = f"<TR>{''.join(cells)}</TR>"
    if note:
        text = _font(_lines(note), card.ink, theme.SMALL + 1)
        rows += f'<TR><TD COLSPAN="{len(cells)}" ALIGN="LEFT" BALIGN="LEFT">{text}</TD></TR>'
    return f"<{_table(rows, padding=3)}>"


def _table(rows: str, *, padding: int = 0, spacing: int = 0) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}">{rows}</TABLE>'


def _name_cell(name: str, card: Card) -> str:
    ink = theme.QUIET if card is theme.CONSTANT else theme.INK
    text = written(shortened(name))
    return f'<TD ALIGN="LEFT">{_font(text if card is theme.CONSTANT else f"<B>{text}</B>", ink, theme.SIZE)}</TD>'


def _number_cell(caption: str, number: str, ink: str, *, bold: bool = False) -> str:
    text = written(number)
    number_text = _font(f"<B>{text}</B>" if bold else text, ink, theme.SIZE - 1)
    return f'<TD ALIGN="LEFT" BALIGN="LEFT">{_font(caption, theme.QUIET, theme.SMALL)}<BR/>{number_text}</TD>'


def _word_cell(card: Card) -> str:
    return f'<TD VALIGN="BOTTOM">{_font(card.word, card.ink, theme.SMALL)}</TD>'


def _font(text: str, colour: str, size: int) -> str:
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{text}</FONT>'


def symbol_label(symbol: str) -> str:
    """What stands on an operation's disc."""
    return f"<{_font(written(symbol), theme.DISC_INK, theme.SIZE)}>"


def foot_label(cards: Sequence[Card], sentence: str) -> str:
    """The foot of a picture: what the cards in it mean, and a sentence; "" for neither."""
    # All in one row: a second one, if longer, would pull the first one's cells apart.
    cells = [_key(card) for card in cards]
    if sentence:
        lines = _lines(textwrap.wrap(sentence, theme.FOOT_WIDTH))
        cells.append(f'<TD ALIGN="LEFT" BALIGN="LEFT">{_font(lines, theme.INK, theme.SMALL)}</TD>')
    row = "".join(cells)
    return f"<{_table(f'<TR>{row}</TR>', spacing=4)}>" if row else ""


def _lines(lines: Sequence[str]) -> str:
    # Each line has a break of its own, as one that ends without would be centred.
    return "".join(f'{written(line)}<BR ALIGN="LEFT"/>' for line in lines)


def _key(card: Card) -> str:
    lines = [word for word in ("dashed", "dotted") if word in card.style]
    style = ",".join(["rounded", *lines])
    mark = _font("?" if card is theme.UNFILLED else card.word if card is theme.CORRECT else " ", card.ink, theme.SMALL)
    box = (
        f'<TABLE BORDER="{round(card.width)}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" '
        f'COLOR="{card.outline}" BGCOLOR="{card.fill}" STYLE="{style}">'
        f'<TR><TD WIDTH="22" HEIGHT="13">{mark}</TD></TR></TABLE>'
    )
    meaning = _font(card.meaning, theme.QUIET, theme.SMALL)
    return f'<TD>{box}</TD><TD ALIGN="LEFT">{meaning}</TD><TD WIDTH="8"></TD>'
