"""A sheet as HTML: whole and readable before any script runs, and what the script then brings to life."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from ..tones import TONES
from ..unpacking import find_text
from . import picture

if TYPE_CHECKING:
    from .graph import Drawn
    from .sheet import Sheet

BROWSER = Path(__file__).with_name("browser")
"""What a browser is given, for `find_text`."""

_LOST = (
    "The program that judges does not answer. What you typed stays here: start it again{}, and this page goes on by "
    "itself."
)


def html(sheet: Sheet) -> str:
    """Return the page of a sheet.

    Raises:
        RenderError: its layout cannot be found.
    """
    sheet.lay_out()
    template = Template((find_text(BROWSER) / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(f"{sheet.heading} - handgrad"), mode=sheet.mode, content=content(sheet, sheet.drawn)
    )


def content(sheet: Sheet, drawn: Drawn) -> str:
    """Return the content of a sheet, for any host."""
    note = f'<p class="hg-note">{escape(sheet.note)}</p>' if sheet.note else ""
    modes = "".join(
        _button(word, f'data-mode="{mode}" aria-pressed="{_truth(mode == sheet.mode)}"') for mode, word in _MODES
    )
    more = [("next", "Next", "fill watch predict")] if sheet.following else []
    actions = "".join(
        _button(word, f'data-do="{do}" data-in="{modes}"{_unless(sheet.mode in modes.split())}')
        for do, word, modes in [*_ACTIONS, *more]
    )
    # All of them take their room, so that nothing moves when one follows another.
    tasks = "".join(f'<p class="hg-task" data-task="{mode}">{escape(task)}</p>' for mode, task in sheet.tasks.items())
    entry = _ENTRY if any(node.shape for node in sheet.marks.asked) else ""
    speeds = "".join(
        f'<option value="{speed}"{" selected" if speed == "1" else ""}>{speed}\N{MULTIPLICATION SIGN}</option>'
        for speed in ("0.5", "1", "2", "4")
    )
    return f"""
<header class="hg-top">
  <h1>{escape(sheet.heading)}</h1>
  <div class="hg-modes" role="group" aria-label="Three ways through the graph">{modes}</div>
</header>
<div class="hg-tasks">{tasks}</div>
{note}
<div class="hg-body">
  <section class="hg-graph" aria-label="The graph">
    <div class="hg-pan" tabindex="0" role="group" aria-label="The graph, which can be scrolled">
      <div class="hg-canvas">{picture.svg(sheet, drawn)}</div>
    </div>
    {_scale(drawn)}<div class="hg-foot"><p class="hg-legend" aria-hidden="true">{_LEGEND}</p>
    <div class="hg-zoom" role="group" aria-label="Size of the graph">{_ZOOM}</div></div>
  </section>
  <section class="hg-side" aria-label="Verdicts and steps">
    <form class="hg-predict" data-in="predict" hidden>
      <label><span class="hg-question"></span><input class="hg-guess" autocomplete="off" autocapitalize="off"
      spellcheck="false"></label>
    </form>
    <p class="hg-summary">{escape(sheet.summary)}</p>
    <div class="hg-actions">{actions}
      <label class="hg-speed" data-in="watch"{_unless(sheet.mode == "watch")}>speed <select>{speeds}</select></label>
      <label class="hg-judge" data-in="fill"{_unless(sheet.mode == "fill")}><input type="checkbox" checked disabled>
      judge at once</label>
    </div>
    {entry}{_TOUCH.format(hidden=_unless(sheet.mode == "fill"))}
    <ol class="hg-causes" aria-label="Mistakes to fix first">{_causes(sheet)}</ol>
    <p class="hg-say" role="status" aria-live="polite" aria-atomic="true"></p>
    <dl class="hg-step" hidden>
      <dt>the rule</dt><dd class="hg-rule"></dd><dt>with numbers</dt><dd class="hg-plugged"></dd>
    </dl>
    <ol class="hg-hints" aria-label="Hints"></ol>
  </section>
</div>
{_SHARE}
<details class="hg-words">
  <summary>The graph in words</summary><div class="hg-list">{picture.describe_graph(sheet)}</div>
</details>
<p class="hg-lost" role="alert" hidden>{_LOST.format(f" at port {sheet.port}" if sheet.port else "")}</p>"""


_ENTRY = """<form class="hg-entry" data-in="fill">
      <label>one entry, such as 0, 1 <input type="text" size="6" autocomplete="off" disabled></label>
    </form>
    """
_TOUCH = """<form class="hg-touch" data-in="fill"{hidden}>
      <button type="submit" data-do="descend" disabled>Downhill</button>
      <label>rate <input class="hg-rate" type="text" inputmode="decimal" size="5" value="0.1" autocomplete="off"
      disabled></label>
      <button type="button" data-do="nudge" disabled>Nudge</button>
      <button type="button" data-do="undo" disabled>Undo</button>
      <button type="button" data-do="redo" disabled>Redo</button>
    </form>
    <figure class="hg-curve" data-in="fill" hidden></figure>"""
_SHARE = """<div class="hg-share" role="group" aria-label="Take it along">
  <button type="button" data-share="link" hidden disabled>Copy link</button>
  <button type="button" data-share="iframe" hidden disabled>Copy iframe</button>
  <button type="button" data-share="svg" disabled>Save SVG</button>
  <button type="button" data-share="png" disabled>Save PNG</button>
</div>"""
_MODES = (("watch", "Watch"), ("predict", "Predict"), ("fill", "Fill in"))
_ACTIONS = (
    ("back", "Back", "watch predict"),
    ("step", "Step", "watch predict"),
    ("play", "Play", "watch"),
    ("check", "Check", "demand predict"),
    ("hint", "Hint", "fill predict"),
    ("reveal", "Reveal", "fill predict"),
    ("reset", "Reset", "fill"),
    ("again", "Start again", "watch predict"),
)
_ZOOM = "".join(
    f'<button type="button" data-zoom="{how}" aria-label="{name}" disabled>{sign}</button>'
    for how, name, sign in (
        ("out", "Smaller", "\N{MINUS SIGN}"),
        ("whole", "fit the whole graph", "fit"),
        ("in", "Larger", "+"),
    )
)
_LEGEND = " ".join(
    f'<span class="key {status}">{meaning}</span>'
    for status, meaning in (
        ("wrong", "wrong: the mistake is made here"),
        ("carried", "carried: follows from one nearer the output"),
        ("missing", "missing: not filled in"),
        ("correct", "correct"),
    )
)


def _causes(sheet: Sheet) -> str:
    found = sheet.marks.reply()
    return "".join(f"<li>{escape(str(found['verdict'][id_]['slip'] or id_))}</li>" for id_ in found["causes"])


def _scale(drawn: Drawn) -> str:
    """Return the legend of the tones of arrays."""
    if not drawn.has_arrays:
        return ""
    squares = "".join(
        f'<rect class="tone-{tone}" x="{11 * at}" width="10" height="10"/>' for at, tone in enumerate(TONES)
    )
    bar = f'<svg width="{11 * len(TONES)}" height="10" aria-hidden="true">{squares}</svg>'
    return f'<p class="hg-scale">{bar} <span>{drawn.scale}</span><span class="hg-scale-more"></span></p>\n    '


def _button(word: str, attributes: str) -> str:
    # Dead until the script is there.
    return f'<button type="button" {attributes} disabled>{word}</button>'


def _unless(is_shown: bool) -> str:
    return "" if is_shown else " hidden"


def _truth(holds: bool) -> str:
    return "true" if holds else "false"
