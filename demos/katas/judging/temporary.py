"""Temporary folders that are gone when they have been used, and at the next start where whoever used one was killed.

Whoever uses such a folder holds a lock on the folder itself, which the system lets go of with the process: so one
that nobody holds is abandoned, whatever of it is left. On Windows, which has no such lock, abandoned ones stay.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

fcntl: Any = None
with contextlib.suppress(ImportError):  # Windows has none
    fcntl = importlib.import_module("fcntl")

_NAME = re.compile(r"handgrad-(check|grade)-\d+-[a-z0-9_]{8}")
"""The purpose, the process and what `mkdtemp` adds: nobody else's folder has such a name."""

_searched: set[str] = set()


@contextlib.contextmanager
def temporary_folder(purpose: str) -> Iterator[Path]:
    """Make a folder, removed at the end; the first also removes those of killed processes.

    Args:
        purpose: "check" or "grade".

    Raises:
        OSError: there is no room for temporary files.
    """
    top = tempfile.gettempdir()
    if top not in _searched:
        _searched.add(top)
        remove_abandoned(Path(top))
    folder, hold = _make(purpose)
    try:
        yield folder
    finally:
        remove_tree(folder)
        if hold is not None:
            os.close(hold)


def remove_abandoned(top: Path) -> None:
    """Remove what killed processes of this user left in the folder of temporary files."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(top)):
            if _NAME.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                with contextlib.suppress(BlockingIOError):
                    remove_when_free(Path(entry.path), waits=False)


def remove_when_free(folder: Path, *, waits: bool = True) -> None:
    """Remove a temporary folder of another process, once nobody holds it.

    Args:
        waits: for whoever holds it.

    Raises:
        BlockingIOError: somebody does, and is not waited for.
    """
    hold = _hold(folder, waits=waits)
    if hold is not None:
        remove_tree(folder)
        os.close(hold)


def _make(purpose: str) -> tuple[Path, int | None]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"handgrad-{purpose}-{os.getpid()}-"))
        folder = folder.resolve()  # as macOS's /tmp is a link, and pytest compares paths
        if fcntl is None:
            return folder, None
        # Between the two, somebody else may take it for an abandoned one: then another is made.
        with contextlib.suppress(BlockingIOError):
            hold = _hold(folder, waits=False)
            if hold is not None or folder.exists():  # or on a disk that knows no locks
                return folder, hold


def _hold(folder: Path, *, waits: bool) -> int | None:
    """Return a descriptor that holds the folder until closed; None if that fails.

    Raises:
        BlockingIOError: somebody else holds it.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        if os.path.samestat(os.fstat(descriptor), os.stat(folder, follow_symlinks=False)):
            return descriptor
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        pass
    os.close(descriptor)
    return None


def remove_tree(folder: Path) -> None:
    """Remove a folder or file, however deep, whatever its modes."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    with contextlib.suppress(OSError):
        folder.unlink(missing_ok=True)  # a file, or a link, that is; or nothing any more
        return
    if os.name == "posix":
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, "--", folder], check=False, stderr=subprocess.DEVNULL)
