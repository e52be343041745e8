"""Keep the text of an SVG within its measured width, whatever font replaces Helvetica."""

from __future__ import annotations

import re
from html import unescape

from . import theme

_REGULAR = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
"""Characters by their width in thousandths of the font's size, as the embedded renderer has them."""

_BOLD = {
    238: "'",
    278: " ,./I\\ijl",
    280: "|",
    333: "!()-:;[]`ft",
    389: "*r{}",
    474: '"',
    500: "z",
    556: "#$0123456789J_aceksvxy",
    584: "+<=>^~",
    611: "?FLTZbdghnopqu",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
}

_WIDTHS = [{c: width for width, chars in table.items() for c in chars} for table in (_REGULAR, _BOLD)]
_OTHER = 278
"""The width of each byte of a character that is not ASCII: the embedded renderer knows none of them."""

_TEXT = re.compile(
    r'text-anchor="(?P<anchor>\w+)" x="(?P<x>[-\d.]+)"(?P<y>[^>]*) '
    rf'font-family="{theme.FONT},sans-Serif"(?P<bold> font-weight="bold")? font-size="(?P<size>[\d.]+)"'
    r"(?P<rest>[^>]*)>(?P<text>[^<]*)</text>"
)


def fit_text(svg: str) -> str:
    """Return an SVG with fallback fonts for each text, and the width to fit it to."""
    return _TEXT.sub(_fit, svg)


def _fit(found: re.Match[str]) -> str:
    anchor, x, y, bold, size, rest, text = found.groups(default="")
    width = text_width(unescape(text), float(size), bold=bool(bold))
    length = f' textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs"'
    if len(unescape(text)) == 1:  # squeezed, a sign on its disc would be thin: it is centred on its place
        length = ""
        if anchor == "start":
            anchor, x = "middle", f"{float(x) + width / 2:.2f}"
    fonts = f'font-family="{theme.FONTS}"{bold} font-size="{size}"'
    return f'text-anchor="{anchor}" x="{x}"{y} {fonts}{length}{rest}>{text}</text>'


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide the layout takes a text to be, in points."""
    widths = _WIDTHS[bold]
    return sum(widths.get(c) or _OTHER * len(c.encode()) for c in text) * size / 1000
