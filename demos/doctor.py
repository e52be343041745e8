"""What is there of all that handgrad can use, what is not, and what to do about it."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import click

from .invocation import own_name
from .katas.terminal.outside import advise_editor, editor
from .printable import printable
from .usage import WIDTH, say

EXTRAS = {
    "plots": "curves of training",
    "notebook": "sheets in notebooks",
    "fast": "replay at full speed",
    "grading": "grading notebooks",
    "site": "the course as a web site",
    "torch": "checking torch Functions",
    "jax": "checking JAX rules",
    "mcp": "serving verdicts to assistants",
    "cluster": "grading on a cluster",
}
"""What each extra is for; what it takes stands in the package's own metadata."""


class Finding(NamedTuple):
    """One thing that was looked for.

    Attributes:
        what: what it is.
        found: what is there; "" for nothing.
        advice: what to do where it is missing.
        is_needed: whether handgrad does without it.
    """

    what: str
    found: str
    advice: str = ""
    is_needed: bool = False


def examine() -> Iterator[Finding]:
    """Yield what is there and what is not."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", f"{python} at {sys.executable}" if sys.version_info >= (3, 11) else "", "3.11", True)
    for name, module in {"NumPy": "numpy", "pytest": "pytest"}.items():
        yield Finding(name, find_version(module), f"pip install {module}", True)
    yield Finding("renderer", _find_renderer(), "pip install graphviz-pure (pictures are written as DOT meanwhile)")
    yield Finding("browser", _find_browser(), "open the address that a command prints")
    yield Finding("editor", _find_editor(), f"{advise_editor()}; without one, e in watch opens the browser")
    yield Finding("watchfiles", find_version("watchfiles"), "files are looked at ten times a second instead")
    folder = Path.cwd()
    yield Finding("this folder", str(folder) * _may_write(folder), "no file can be written here: cd elsewhere", True)
    yield Finding(
        "scratch",
        tempfile.gettempdir() * _may_write(Path(tempfile.gettempdir())),
        "set TEMP to another folder" if sys.platform == "win32" else "set TMPDIR",
        True,
    )
    for extra, packages in _list_extras().items():
        missing = [name for name in packages if not find_version(name)]
        there = ", ".join(f"{name} {find_version(name)}" for name in packages)
        yield Finding(extra, "" if missing else there, f"for {EXTRAS[extra]}: pip install {' '.join(missing)}")


def find_version(name: str) -> str:
    """Return which version of a package is installed; "" for none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _find_renderer() -> str:
    from handgrad.viz.renderer import embedded_renderer  # only this command needs it

    embedded = embedded_renderer()
    return f"graphviz-pure {find_version('graphviz-pure')}".strip() if embedded else shutil.which("dot") or ""


def _find_browser() -> str:
    if sys.platform in ("win32", "darwin"):
        return "the system's"
    has_windows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return (shutil.which("xdg-open") or "") if has_windows else ""


def _find_editor() -> str:
    command = editor()
    return " ".join(command) if command and shutil.which(command[0]) else ""


def _may_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"handgrad")
    except OSError:
        return False
    return True


def _list_extras() -> dict[str, list[str]]:
    """Return the packages that each extra takes, as the installed package says."""
    found: dict[str, list[str]] = {}
    for line in metadata.requires("handgrad") or ():
        match = re.match(r"([\w.-]+).*extra == ['\"](\w+)['\"]", line)
        if match and match[2] in EXTRAS:
            found.setdefault(match[2], []).append(match[1])
    return found


@click.command()
def doctor() -> None:
    """Say what is there, what is not, and what to do. Exit status 1 where something is missing that is needed."""
    say(f"handgrad {find_version('handgrad')}")
    needs = []
    for finding in examine():
        if not finding.found and finding.is_needed:
            needs.append(finding.what)
        state = "there" if finding.found else "MISSING" if finding.is_needed else "missing"
        start = f"{state:<8} {finding.what:<12} "
        text = printable(finding.found or finding.advice)
        click.echo(click.wrap_text(text, WIDTH - 1, start, " " * len(start)))
    say()
    if needs:
        say(f"Needed, and missing: {', '.join(needs)}.")
        sys.exit(1)
    say(f"All that is needed is there. What is missing is optional. Begin with: {own_name()}")
