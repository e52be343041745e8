"""The site, or one sheet, as one file that opens by a double click, without a host or a network."""

from __future__ import annotations

import base64
import copy
import gzip
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from handgrad.viz.sheet import Sheet

from ..files import write_whole
from ..katas.course import Course
from ..sheet import Target
from . import pages
from .content import needs_numpy
from .front import front
from .site import SiteError, assets, start_facts

_STANDING = ("alone.js", "check.js", "app.css")
"""What stands in the page as it is; the rest is packed."""

_ELSEWHERE = ("app.js", "editor.js")
"""What `alone.js` holds."""

_LEFT_OUT = ("course.json",)
"""What one sheet does without."""


class Handout(NamedTuple):
    """The one sheet that a file shows.

    Attributes:
        target: the graph, and what it is called.
        key: of the sheet, for the page's own Python.
        more: files for its disk.
    """

    target: Target
    key: str
    more: Mapping[str, bytes] = MappingProxyType({})


def write_single(file: Path, course: Course, handout: Handout | None = None) -> int:
    """Write the file.

    Args:
        file: where to.
        course: its katas; those that need NumPy are left out, as it cannot go along.
        handout: the one sheet that it shows, instead of the course.

    Returns:
        Its size in bytes.

    Raises:
        SiteError: the file cannot be written.
        MissingPartError, PackagesError: something that it is built from is missing.
    """
    if file.is_dir():
        raise SiteError(f"{file} is a folder. Give a file for the page, such as {file / 'handgrad.html'}.")
    content = single(_drop_numpy_katas(course), handout).encode()
    try:
        write_whole(file, content, scratch=file.parent, is_lasting=False)
    except OSError as error:
        raise SiteError(f"{error.filename or file} cannot be written ({error.strerror or error}).") from None
    return len(content)


def _drop_numpy_katas(course: Course) -> Course:
    chosen = copy.copy(course)
    chosen.katas = tuple(kata for kata in course.katas if not needs_numpy(kata))
    if not chosen.katas:
        raise SiteError("every kata of this course needs NumPy, which cannot go along in one file.")
    return chosen


def single(course: Course, handout: Handout | None = None) -> str:
    """Return the text of the file."""
    parts = assets(course, handout.more if handout else None)
    style = parts["app.css"].decode()
    check, allows_check = pages.inline(parts["check.js"].decode())
    app, allows_app = pages.inline(parts["alone.js"].decode(), ' type="module"')
    packed = {
        name: gzip.compress(data, 6, mtime=0)
        for name, data in parts.items()
        if name not in (*_STANDING, *_ELSEWHERE, *(_LEFT_OUT if handout else ()))
    }
    site = {
        "assets": {name: {"bytes": len(data)} for name, data in packed.items()},
        "given": handout.key if handout else "",
        "title": handout.target.title if handout else "",
        **({} if handout else start_facts(course)),
    }
    blocks = "\n".join(
        f'<script type="text/plain" id="asset {name}">{base64.b64encode(data).decode()}</script>'
        for name, data in packed.items()
    )
    return pages.whole(
        title=f"{handout.target.title} - handgrad" if handout else "handgrad",
        policy=pages.policy(
            script_src=f"{allows_check} {allows_app} 'wasm-unsafe-eval'",
            worker_src="blob:",
            connect_src="'none'",
            style_src=pages.hash_source(style),
        ),
        style=f"<style>{style}</style>",
        nav="" if handout else pages.navigation(),
        content=_render_handout(handout) if handout else pages.start(front(), len(course.katas)),
        script="\n".join((check, pages.facts(site), app, blocks)),
    )


def _render_handout(handout: Handout) -> str:
    sheet = Sheet(handout.target.graph, title=handout.target.title)
    return f'<div class="sheet-place"><div class="hg-sheet" data-mode="fill">{pages.picture(sheet)}</div></div>'
