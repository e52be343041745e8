"""The site as a folder for any static host."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handgrad import HandgradError
from handgrad.viz import renderer
from handgrad.viz.drawing import draw_target

from ..files import list_written, write_folder
from ..katas.course import Course
from . import pages
from .content import content
from .front import early, front
from .library import library
from .packages import SOURCES, build

PREVIEW, RIDDLE_PREVIEW = "preview.png", "riddle.png"
RIDDLE = "challenge.html"
"""What a link to a riddle goes through, where the site's address is known."""

MARK = "handgrad-site.json"
"""In a folder that a site was written to: the files that are this program's to replace."""

_PACKED = ("python.wasm", "worker.js", "lock.json", "course.json")
"""Packed by us, as few hosts would; the others are archives already, or are what hosts do pack."""


class SiteError(HandgradError):
    """The site cannot be written where it was asked for."""


def write_site(folder: Path, course: Course, address: str = "", numpy: Path | None = None) -> int:
    """Write the site.

    Args:
        folder: a new one, an empty one, or one that a site was written to.
        course: its katas.
        address: where it will be found, with a slash at the end; then a link to it shows its picture elsewhere.
        numpy: Pyodide's wheel of NumPy, or a folder with it in it, to lie beside the pages.

    Returns:
        Its size in bytes.

    Raises:
        FolderTakenError: something else lies in the folder, or it cannot be written.
        SiteError: the wheel is another one.
        MissingPartError, PackagesError: something that it is built from is missing.
    """
    list_written(folder, MARK, "a site")  # before a minute of building
    files = site_files(course, address, numpy)
    write_folder(folder, files, MARK, "a site")
    return sum(map(len, files.values()))


def assets(course: Course, more: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Return what the page is made of, by name, not packed.

    Args:
        more: files for the page's own disk.
    """
    archive = library(course, more)
    return {
        **build(archive),
        "course.json": json.dumps(content(course)).encode(),
        "check.js": pages.source("check.js").encode(),
    }


def packages_address() -> str:
    """Return where Pyodide's own distribution is, for what is no part of the page."""
    version = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["dependencies"]["pyodide"]
    return f"https://cdn.jsdelivr.net/pyodide/v{version}/full/"


def preview(*, is_judged: bool = True) -> bytes:
    """Return the picture for links to the site: the graph of the start page, its mistake in red if that is judged."""
    sheet = front()
    return renderer.render(draw_target(sheet.marks.compare_again() if is_judged else sheet.root, **_LOOKS), "png")


_LOOKS: Mapping[str, Any] = {
    "reveal": False, "rankdir": "LR", "derivatives": False, "legend": False, "limit": 50, "around": None,
}  # fmt: skip


def site_files(course: Course, address: str = "", numpy: Path | None = None) -> dict[str, bytes]:
    """Return the files of the folder, by name; see `write_site`."""
    files: dict[str, bytes] = {}
    known: dict[str, dict[str, Any]] = {}
    parts = assets(course)
    if numpy is not None:
        name, wheel, parts["lock.json"] = take_numpy(numpy, parts["lock.json"])
        files[name] = wheel
    for name, data in parts.items():
        if name == "alone.js":
            continue
        # Named by what is in it, so that a browser never takes an old part for a new one.
        packed = gzip.compress(data, 9, mtime=0) if name in _PACKED else data
        stem, _, suffix = name.partition(".")
        file = f"{stem}-{hashlib.sha256(packed).hexdigest()[:10]}.{'bin' if name in _PACKED else suffix}"
        files[file] = packed
        known[name] = {"file": file, "bytes": len(packed)}
    if address:
        files[PREVIEW], files[RIDDLE_PREVIEW] = preview(), preview(is_judged=False)
        files[RIDDLE] = pages.riddle(address, RIDDLE_PREVIEW).encode()
        files["forward.js"] = pages.source("forward.js").encode()
    files["index.html"] = _index(course, known, address, has_numpy=numpy is not None).encode()
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:16]  # by which a browser sees that it is another
    head = (
        f"// {version}\nconst FILES = {json.dumps(['./', *(name for name in files if not name.endswith('.png'))])};\n"
    )
    files["offline.js"] = (head + pages.source("offline.js")).encode()
    return files


def start_facts(course: Course) -> dict[str, Any]:
    """Return what the start page is to know before anything else is loaded."""
    return {"front": early(), "first": course.katas[0].name}


def take_numpy(place: Path, lock: bytes) -> tuple[str, bytes, bytes]:
    """Return the name and content of the wheel at a place, and the lock file that has Pyodide load that one.

    Raises:
        SiteError: it is none that this Pyodide can load.
    """
    packages = json.loads(lock)
    wanted = packages["packages"]["numpy"]["file_name"]
    tags = wanted.split("-", 2)[2]
    found = [place] if place.is_file() else sorted(place.glob(f"numpy-*-{tags}"))
    if not found or not found[-1].name.endswith(tags):
        raise SiteError(f"{place} has no NumPy for this Pyodide: that is {packages_address()}{wanted}.")
    wheel = found[-1].read_bytes()
    entry = {"file_name": found[-1].name, "sha256": hashlib.sha256(wheel).hexdigest()}
    packages["packages"]["numpy"].update(entry, version=found[-1].name.split("-")[1])
    return found[-1].name, wheel, json.dumps(packages).encode()


def _index(course: Course, known: dict[str, dict[str, Any]], address: str, *, has_numpy: bool) -> str:
    packages = "" if has_numpy else packages_address()
    site = {
        "assets": known,
        "packages": packages,
        "worker": "offline.js",
        "riddle": RIDDLE if address else "",
        **start_facts(course),
    }
    script = (
        f'<script src="{known["check.js"]["file"]}"></script>\n{pages.facts(site)}\n'
        f'<script type="module" src="{known["app.js"]["file"]}"></script>'
    )
    return pages.whole(
        title="handgrad",
        policy=pages.policy(
            script_src="'self' 'wasm-unsafe-eval'",
            worker_src="'self' blob:",
            connect_src=f"'self' {packages}".rstrip(),
            style_src="'self'",
            manifest_src="'self'",
        ),
        style=f'<link rel="stylesheet" href="{known["app.css"]["file"]}">',
        nav=pages.navigation(),
        content=pages.start(front(), len(course.katas)),
        script=script,
        social=pages.social(address, PREVIEW) if address else "",
    )
