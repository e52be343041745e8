"""What a notebook shows by itself: of a graph its picture, of a comparison the table too."""

from __future__ import annotations

from html import escape

from handgrad import Comparison, HandgradError, Status, Value
from handgrad.verdict import report
from handgrad.verdict.report import Entry
from handgrad.verdict.status import GRAVEST_FIRST

from .drawing import draw_target
from .themed import dark, follow_theme

MOST_NODES = 60
"""A notebook's cell is no wall: of a larger graph what matters most."""

# The text has the notebook's own colour; what is said besides by red has another red on dark paper.
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


def picture(target: Value | Comparison) -> str:
    """Return the picture, as SVG that follows the notebook's theme, and of a comparison the table above it.

    Raises:
        RenderError: the renderer is missing, failed, or takes too long; a comparison is then its table alone.
        HandgradError: there is nothing to draw.
    """
    if not isinstance(target, Comparison):
        return _draw(target)
    try:
        return html(target, _draw(target))
    except HandgradError:
        return html(target)


def _draw(target: Value | Comparison) -> str:
    made = draw_target(
        target, reveal=False, rankdir="LR", derivatives=False, legend=True, limit=None, around=None, most=MOST_NODES
    ).pipe("svg", encoding="utf-8")
    return follow_theme(made)


def html(comparison: Comparison, picture: str = "") -> str:
    """Return what to fix first, the table with its causes on top, and the picture."""
    entries, cut = report.choose_entries(report.entries_of(comparison, report.MOST_ROWS))
    causes = report.causes_of(entries)
    notes = report.advice_by_node(causes)
    rows = [entry for entry in entries if isinstance(entry, Entry)]
    others = [entry for entry in rows if entry.result.status is not Status.WRONG]
    body = [*causes, *sorted(others, key=lambda entry: GRAVEST_FIRST.index(entry.result.status))]
    titles = report.header(comparison, reveal=True)
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    lines = "".join(_line(entry, comparison, report.note_of(entry, notes), len(titles)) for entry in body)
    if right := sum(entry for entry in entries if isinstance(entry, int)):
        lines += f'<tr><td colspan="{len(titles)}">... {right:,} correct</td></tr>'
    first = f"<p><strong>{escape(report.fix_first(causes))}</strong></p>" if causes else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    last = f"<p>{escape(report.summary(comparison, cut))}</p>"
    style = f"<style>{_STYLE}{dark('.hg-comparison')}</style>"
    return f'<div class="hg-comparison">{style}{first}{table}{last}{picture}</div>'


def _line(entry: Entry, comparison: Comparison, note: str, width: int) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in report.cells_of(entry, comparison, True))
    below = f'<tr class="note"><td colspan="{width}">{escape(note)}</td></tr>' if note else ""
    return f'<tr class="{entry.result.status.value}">{cells}</tr>{below}'
