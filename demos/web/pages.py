"""The HTML of the pages, for a folder and for one file alike."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any

from handgrad.viz.sheet import Sheet, page

from .packages import SOURCES

NAVIGATION = (
    ("#/course", "Course"),
    ("#/practice", "Practice"),
    ("#/day", "Today"),
    ("#/own", "Your expression"),
    ("#/paste", "Your backward"),
    ("#/softmax", "Softmax"),
)


def navigation() -> str:
    links = "\n".join(f'<a href="{address}">{name}</a>' for address, name in NAVIGATION)
    return f'<nav aria-label="Pages">\n{links}\n</nav>'


def start(sheet: Sheet, count: int) -> str:
    """Return the start page as it is before any script runs."""
    wide = picture(sheet)
    return Template(source("start.html")).substitute(count=count, wide=wide, narrow=page.content(sheet, sheet.narrow))


START: Mapping[str, str] = {
    "og:title": "Backpropagation by hand",
    "og:description": "One of these gradients is wrong. Fix it, and watch the whole pass turn green.",
    "og:image:alt": "Gradients filled in by hand on a graph: one is outlined in red, what follows is dashed",
}
RIDDLE: Mapping[str, str] = {
    "og:title": "I broke one gradient. Can you find it?",
    "og:description": "A graph with all its gradients, one of them wrong. Point at it.",
    "og:image:alt": "A graph with a gradient at each node, nothing of it judged",
}


def social(address: str, picture: str, said: Mapping[str, str] = START) -> str:
    """Return what another site shows of a link to a page of this one.

    Args:
        address: of the site, with a slash at its end.
        picture: the file of its picture.
        said: its title, and words on it.
    """
    facts = {**said, "og:type": "website", "og:url": address, "og:image": address + picture}
    tags = [f'<meta property="{name}" content="{escape(content)}">' for name, content in facts.items()]
    return "\n".join([*tags, '<meta name="twitter:card" content="summary_large_image">'])


def riddle(address: str, picture: str) -> str:
    """Return the page that a link to a riddle goes through, for its preview."""
    tags = social(address, picture, RIDDLE)
    return Template(source("riddle.html")).substitute(
        title=RIDDLE["og:title"], policy=policy(script_src="'self'"), social=tags
    )


def picture(sheet: Sheet) -> str:
    """Return a sheet, whole and readable without a script."""
    sheet.lay_out()
    return page.content(sheet, sheet.drawn)


def whole(*, title: str, policy: str, style: str, nav: str, content: str, script: str, social: str = "") -> str:
    """Return the document; all but the title is HTML."""
    return Template(source("index.html")).substitute(
        title=escape(title), policy=policy, style=style, nav=nav, content=content, script=script, social=social
    )


def facts(site: Mapping[str, Any]) -> str:
    """Return what the scripts are to know, as a block of data."""
    return f'<script type="application/json" id="site">{_harmless(json.dumps(site, separators=(",", ":")))}</script>'


def inline(script: str, kind: str = "") -> tuple[str, str]:
    """Return an inline script, and what allows it in the page's policy."""
    text = _harmless(script)
    return f"<script{kind}>{text}</script>", hash_source(text)


def hash_source(text: str) -> str:
    """Return what allows an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(**rules: str) -> str:
    """Return a content security policy: nothing but what is named."""
    named = "; ".join(f"{name.replace('_', '-')} {sources}" for name, sources in rules.items())
    return f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; {named}"


def source(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _harmless(text: str) -> str:
    """Return a text in which no element of the page ends or begins."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
