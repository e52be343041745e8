"""The HTML-like labels of a picture: a node's card, and the legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

from handgrad import NodeResult, Value
from handgrad.number import one_line, show

from . import theme
from .theme import Card


def escape_label(text: str) -> str:
    """Escape a text for an HTML-like label."""
    # Backslashes too: in a label `\\N` would be replaced by the node's id.
    return escape(one_line(text)).replace("\\", "\\\\")


def shorten(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= theme.LONGEST_NAME else name[: theme.LONGEST_NAME - 3] + "..."


def card_of(node: Value, result: NodeResult | None) -> Card:
    """Return the looks of a node: by its verdict, or by what is filled in."""
    if node.is_constant:
        return theme.CONSTANT
    if result is not None:
        return theme.CARDS[result.status.value]
    is_open = node.grad is None and (node.is_manual or not node.shape)
    return theme.UNFILLED if is_open else theme.PLAIN


def is_untouched(node: Value) -> bool:
    """Return whether its grad is as autodiff mode began it; never so in manual mode."""
    grad = node.grad
    return not node.is_manual and (grad is None if node.shape else grad.__class__ is float and grad == 0.0)


def node_label(
    node: Value,
    name: str,
    result: NodeResult | None,
    titles: tuple[str, str],
    *,
    reveal: bool,
    has_grads: bool = True,
    uses: str = "",
) -> str:
    """Return the card of a node.

    `titles` is what the number judged and the one expected are called. Where no backward pass has started,
    `has_grads` is False, and a grad that nothing has been added to is not shown. `uses` stands under the name.
    """
    card = card_of(node, result)
    if card is theme.CONSTANT:
        if number_in(name) == node.data:
            return card_table([name_cell(show(node.data), card, uses)], [], card)
        return card_table([name_cell(name, card, uses), number_cell("data", show(node.data), card.ink)], [], card)
    if result is None:
        cells = [name_cell(name, card, uses), number_cell("data", show(node.data), theme.INK)]
        if has_grads or not is_untouched(node):
            cells.append(number_cell(titles[0], show(node.grad), card.ink, bold=node.grad is None))
        return card_table(cells, [], card)
    note = [] if result.slip is None else wrap(result.slip.message)
    # An operation on arrays whose rule is checked has one number against another, too.
    what = ("shape", str(node.shape)) if node.shape else ("data", show(node.data))
    gradients = (result.actual, result.expected)
    return judged_label(card, name, what, gradients, note, titles, reveal=reveal, uses=uses)


def judged_label(
    card: Card,
    name: str,
    what: tuple[str, str],
    gradients: tuple[Any, float],
    note: Sequence[str],
    titles: tuple[str, str],
    *,
    reveal: bool,
    uses: str = "",
) -> str:
    """Return the card of a number that has a verdict.

    `what` is a caption and what the node holds, `gradients` are the one judged and the one expected.
    """
    actual, expected = gradients
    is_open = card in theme.OPEN
    cells = [name_cell(name, card, uses), number_cell(*what, theme.INK)]
    if card is not theme.PLAIN or actual is not None:  # else nobody asks for it
        cells.append(number_cell(titles[0], show(actual, expected if is_open else None), card.ink, bold=is_open))
        if reveal and is_open:
            cells.append(number_cell(titles[1], show(expected, actual), theme.CORRECT.ink))
        if card is theme.CORRECT:
            cells.append(f'<TD VALIGN="BOTTOM">{font(card.word, card.ink, theme.SMALL)}</TD>')
    if not note and card in (theme.WRONG, theme.CARRIED):
        note = [card.word]
    return card_table(cells, note, card)


def number_in(text: str) -> float | None:
    """Return the number that a text is as it stands; None for another text."""
    try:
        return float(text)
    except ValueError:
        return None


def wrap(message: str) -> list[str]:
    """Return a sentence in lines that do not stretch a card."""
    return textwrap.wrap(one_line(message), theme.NOTE_WIDTH, max_lines=theme.LONGEST_NOTE, placeholder=" ...")


def card_table(cells: Sequence[str], note: Sequence[str], card: Card) -> str:
    """Return a card: cells in a row, and below them a note."""
    rows = f"<TR>{''.join(cells)}</TR>"
    if note:
        text = font(left_align(note), card.ink, theme.SMALL + 1)
        rows += f'<TR><TD COLSPAN="{len(cells)}" ALIGN="LEFT" BALIGN="LEFT">{text}</TD></TR>'
    return f"<{table(rows, padding=3)}>"


def table(rows: str, *, padding: int = 0, spacing: int = 0) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}">{rows}</TABLE>'


def name_cell(name: str, card: Card, uses: str = "") -> str:
    ink = theme.QUIET if card is theme.CONSTANT else theme.INK
    text = escape_label(shorten(name))
    title = font(text if card is theme.CONSTANT else f"<B>{text}</B>", ink, theme.SIZE)
    if uses:
        return f'<TD ALIGN="LEFT" BALIGN="LEFT">{title}<BR/>{font(uses, theme.QUIET, theme.SMALL)}</TD>'
    return f'<TD ALIGN="LEFT">{title}</TD>'


def number_cell(caption: str, number: str, ink: str, *, bold: bool = False) -> str:
    text = escape_label(number)
    number_text = font(f"<B>{text}</B>" if bold else text, ink, theme.SIZE - 1)
    return f'<TD ALIGN="LEFT" BALIGN="LEFT">{font(caption, theme.QUIET, theme.SMALL)}<BR/>{number_text}</TD>'


def font(text: str, colour: str, size: int) -> str:
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}">{text}</FONT>'


def symbol_label(symbol: str) -> str:
    """Return the label of an operation's disc."""
    return f"<{font(escape_label(symbol), theme.DISC_INK, theme.SIZE)}>"


def foot_label(cards: Sequence[Card], sentence: str) -> str:
    """Return the foot of a picture: the meaning of its cards, and a sentence; "" for neither."""
    # All in one row: a second one, if longer, would pull the first one's cells apart.
    cells = [_key(card) for card in cards]
    if sentence:
        lines = left_align(textwrap.wrap(sentence, theme.FOOT_WIDTH))
        cells.append(f'<TD ALIGN="LEFT" BALIGN="LEFT">{font(lines, theme.INK, theme.SMALL)}</TD>')
    row = "".join(cells)
    apart = '<TR><TD HEIGHT="10"></TD></TR>'  # from the graph, or its keys would look like nodes of that
    return f"<{table(f'{apart}<TR>{row}</TR>', spacing=4)}>" if row else ""


def left_align(lines: Sequence[str]) -> str:
    """Align lines to the left of their cell."""
    # Each line has a break of its own, as one that ends without would be centred.
    return "".join(f'{escape_label(line)}<BR ALIGN="LEFT"/>' for line in lines)


def _key(card: Card) -> str:
    lines = [word for word in ("dashed", "dotted") if word in card.style]
    style = ",".join(["rounded", *lines])
    mark = font("?" if card is theme.UNFILLED else card.word if card is theme.CORRECT else " ", card.ink, theme.SMALL)
    box = (
        f'<TABLE BORDER="{round(card.width)}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" '
        f'COLOR="{card.outline}" BGCOLOR="{card.fill}" STYLE="{style}">'
        f'<TR><TD WIDTH="22" HEIGHT="13">{mark}</TD></TR></TABLE>'
    )
    meaning = font(card.meaning, theme.QUIET, theme.SMALL)
    return f'<TD>{box}</TD><TD ALIGN="LEFT">{meaning}</TD><TD WIDTH="8"></TD>'
