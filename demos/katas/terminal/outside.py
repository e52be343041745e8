"""Opening a picture, or a page, in whatever program the learner's system shows it with."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path


def open_outside(thing: Path | str) -> bool:
    """Ask the system to show a file or an address; False if it cannot.

    A program without a window of its own is not started: it would write over the terminal.
    """
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            os.startfile(thing)
            return True
        return False
    if sys.platform == "darwin":
        opener = shutil.which("open")
    else:
        has_windows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        opener = shutil.which("xdg-open") if has_windows else None
    if opener is None:
        return False
    quiet = subprocess.DEVNULL
    try:
        # In a session of its own, so that Ctrl-C here does not end it.
        subprocess.Popen([opener, thing], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError:
        return False
    return True


def editor() -> list[str]:
    """Return the command of the learner's editor; empty where none is set."""
    for variable in ("VISUAL", "EDITOR"):
        with contextlib.suppress(ValueError):
            if command := _split(os.environ.get(variable, "")):
                return command
    return []


def _split(command: str) -> list[str]:
    """Split a command; on Windows a backslash is a part of a path, and quotes are the only way to hold a blank."""
    if sys.platform == "win32":
        return [part.strip('"') for part in shlex.split(command, posix=False)]
    return shlex.split(command)


def advise_editor() -> str:
    """Return what to type so that an editor is set."""
    return "setx EDITOR notepad, then a new terminal" if sys.platform == "win32" else "export EDITOR=nano"


def edit(command: list[str], path: Path) -> None:
    """Run an editor until it ends; one that is not there does nothing."""
    # By its whole name, as Windows starts `code` only as the code.cmd that it is.
    program = shutil.which(command[0]) or command[0]
    with contextlib.suppress(OSError):
        subprocess.run([program, *command[1:], path], check=False)
