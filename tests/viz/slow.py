"""Renderers that take too long, and what a cut picture says."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

from graphviz.backend import dot_command

from handgrad.viz import renderer

CUT = "It takes too long to lay out more."


class Blocking:
    """A renderer that waits for ever on a pipe, in a process of its own, unless the picture is one that was cut."""

    def __init__(self, folder: Path, *, also_cut: bool) -> None:
        folder.mkdir()
        self.program = folder / "renderer"
        never, alive = folder / "never", folder / "alive"
        os.mkfifo(never)
        os.mkfifo(alive)
        # Nothing is ever written here, but it ends with this process, should the test be killed.
        self._never = os.open(never, os.O_RDWR)
        # Whatever the program starts has the other end of this.
        self._alive = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
        os.close(os.open(alive, os.O_WRONLY))  # so that it is at its end where the program did not come to open it
        mark = "nothing" if also_cut else "takes"  # of `CUT`, in which a line may break anywhere
        self.program.write_text(
            f"#!/bin/sh\nexec 8< {shlex.quote(str(never))} 9> {shlex.quote(str(alive))}\n"
            'for last; do :; done\ncase "$last" in -*) source=$(cat);; *) source=$(cat "$last");; esac\n'
            f'case "$source" in *{mark}*) printf "%s" "$source" | {_embedded()} "$@"; exit $?;; esac\n'
            "cat <&8\n"
        )
        self.program.chmod(0o755)

    def is_gone(self) -> bool:
        """Whether neither it nor what it started is left, or ends in the next seconds."""
        ready, _, _ = select.select([self._alive], [], [], 20.0)
        return bool(ready) and os.read(self._alive, 1) == b""

    def close(self) -> None:
        os.close(self._alive)
        os.close(self._never)


def _embedded() -> str:
    return shlex.quote(str(renderer.embedded_renderer()))


@contextlib.contextmanager
def _set(monkeypatch, tmp_path, *, also_cut):
    stub = Blocking(tmp_path / "renderer", also_cut=also_cut)
    monkeypatch.setattr(dot_command, "DOT_BINARY", stub.program)
    # A cut picture has the time it needs where this machine has other work, too.
    monkeypatch.setattr(renderer, "SECONDS", 0.05)
    monkeypatch.setattr(renderer, "SECONDS_AGAIN", 0.05 if also_cut else 30.0)
    yield stub
    stub.close()


def words(svg: bytes | str) -> str:
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(" ".join("".join(text.itertext()).split()) for text in texts)
