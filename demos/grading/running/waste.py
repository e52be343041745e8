"""What answers leave behind: counted, and removed without keeping the next answer waiting."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from ...katas.judging.temporary import remove_tree

FEW = 2000
"""Files and folders that are removed at once."""


def holds_more_than(folder: Path, most: int) -> bool:
    """Return whether a folder holds more than so many files and folders."""
    waiting, count = [str(folder)], 0
    while waiting and count <= most:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if count > most:
                    break
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return count > most


class Waste:
    """A folder out of the reach of answers, in which what takes long to remove is removed beside other work.

    Args:
        folder: on the same disk as what is to be taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = 0
        self._removing: list[subprocess.Popen[bytes]] = []

    def take(self, left: Path) -> None:
        """Take a file or a folder out of its place, to be removed later."""
        if not holds_more_than(left, FEW):
            remove_tree(left)
            return
        self._taken += 1
        place = self._folder / str(self._taken)
        try:
            left.rename(place)
        except OSError:  # a folder that its owner may not write to cannot be moved
            remove_tree(left)
            return
        command = 'chmod -R u+rwX -- "$1"; rm -rf -- "$1"'
        self._removing.append(
            subprocess.Popen(["sh", "-c", command, "sh", place], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )

    @property
    def pids(self) -> set[int]:
        """The processes that are removing."""
        self._removing = [process for process in self._removing if process.poll() is None]
        return {process.pid for process in self._removing}

    def close(self) -> None:
        """Stop removing; what is left goes with the folder of the grading."""
        for process in self._removing:
            process.kill()
            process.wait()
