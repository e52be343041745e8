"""A comparison as HTML for a notebook: what to fix first, the table with its causes on top, the picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from ..number import one_line
from .report import Entry, advice_by_node, causes_of, cells_of, choose_entries, entries_of, fix_first, header, summary
from .status import GRAVEST_FIRST, Status

if TYPE_CHECKING:
    from .comparison import Comparison

# The text has the notebook's own colour; what is said besides by red has another red on dark paper. Jupyter, VS Code,
# Colab and marimo each tell their theme in a way of their own.
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]', ".dark", ".dark-theme")
_STYLE = """
.hg-comparison{--red:#c00000;--green:#2b6e45;--line:#c9ced5;font-size:14px}
.hg-comparison table{color:inherit;border-collapse:collapse;margin:6px 0}
.hg-comparison th,.hg-comparison td{padding:3px 14px 3px 0;text-align:right;font-variant-numeric:tabular-nums;
border-bottom:1px solid var(--line);background:none;color:inherit}
.hg-comparison :is(th,td):is(:first-child,:last-child){text-align:left}
.hg-comparison th{font-weight:400;opacity:.75}
.hg-comparison .wrong td{color:var(--red);font-weight:700;border-bottom:none}
.hg-comparison .carried td:last-child{color:var(--red)}
.hg-comparison .correct td:last-child{color:var(--green)}
.hg-comparison .note td{color:var(--red);text-align:left;white-space:pre-line;padding-left:14px}
.hg-comparison svg{max-width:100%;height:auto}
"""


def html(comparison: Comparison, picture: str = "") -> str:
    """Return the comparison as HTML.

    Args:
        comparison: what to show.
        picture: its picture as SVG, "" for none.
    """
    entries, cut = choose_entries(entries_of(comparison))
    causes = causes_of(entries)
    notes = advice_by_node(causes)
    others = [entry for entry in entries if entry.result.status is not Status.WRONG]
    body = [*causes, *sorted(others, key=lambda entry: GRAVEST_FIRST.index(entry.result.status))]
    titles = header(comparison, reveal=True)
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    lines = "".join(_line(entry, comparison, _note(entry, notes), len(titles)) for entry in body)
    first = f"<p><strong>{escape(fix_first(causes))}</strong></p>" if causes else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    last = f"<p>{escape(summary(comparison, cut))}</p>"
    style = f"<style>{_STYLE}{dark('.hg-comparison')}</style>"
    return f'<div class="hg-comparison">{style}{first}{table}{last}{picture}</div>'


def _note(entry: Entry, notes: Mapping[object, str]) -> str:
    result = entry.result
    return notes.get(result.node, "") if result.status is Status.WRONG else one_line(result.note)


def _line(entry: Entry, comparison: Comparison, note: str, width: int) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in cells_of(entry, comparison, True))
    below = f'<tr class="note"><td colspan="{width}">{escape(note)}</td></tr>' if note else ""
    return f'<tr class="{entry.result.status.value}">{cells}</tr>{below}'


def dark(what: str) -> str:
    """Return the rules by which something follows a notebook's dark theme.

    A picture has its lightness inverted.
    """
    those = ",".join(f"{theme} {what}" for theme in _DARK)
    pictures = ",".join(f"{theme} {what} svg" for theme in _DARK)
    return f"{those}{{--red:#ff8f85;--green:#7fd09b;--line:#454d58}}{pictures}{{filter:invert(.9) hue-rotate(180deg)}}"
