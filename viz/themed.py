"""A picture in a notebook, as dark as that is."""

from __future__ import annotations

from handgrad.verdict.report import dark

CLASS = "hg-drawing"
"""A style in a cell is the whole notebook's: the sheets that stand there must have no such class."""

EXPORTED = "hg-exported"
"""The picture of a sheet for a notebook that is exported: it is gone as soon as a kernel answers a sheet."""


def themed(svg: str, name: str = CLASS) -> str:
    """Return an SVG as HTML that follows the notebook's theme."""
    rules = dark(f".{name}") + (f"body:has(.hg-live) .{name}{{display:none}}" if name == EXPORTED else "")
    return f'<div class="{name}"><style>{rules}</style>{svg[svg.index("<svg") :]}</div>'
