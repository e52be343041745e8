"""A picture in a notebook, as dark as that is."""

from __future__ import annotations

CLASS = "hg-drawing"
"""A style in a cell is the whole notebook's: the sheets that stand there must have no such class."""

EXPORTED = "hg-exported"
"""The picture of a sheet for a notebook that is exported: it is gone as soon as a kernel answers a sheet."""

# Jupyter, VS Code, Colab and marimo each tell their theme in a way of their own.
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]', ".dark", ".dark-theme")


def follow_theme(svg: str, name: str = CLASS) -> str:
    """Return an SVG as HTML that follows the notebook's theme."""
    rules = dark(f".{name}") + (f"body:has(.hg-live) .{name}{{display:none}}" if name == EXPORTED else "")
    return f'<div class="{name}"><style>{rules}</style>{svg[svg.index("<svg") :]}</div>'


def dark(what: str) -> str:
    """Return the rules by which something follows a notebook's dark theme. A picture has its lightness inverted."""
    those = ",".join(f"{theme} {what}" for theme in _DARK)
    pictures = ",".join(f"{theme} {what} svg" for theme in _DARK)
    return f"{those}{{--red:#ff8f85;--green:#7fd09b;--line:#454d58}}{pictures}{{filter:invert(.9) hue-rotate(180deg)}}"
