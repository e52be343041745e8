"""The journal: every result on the disk as it comes, so that a crash or a kill loses none."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from handgrad import HandgradError

from ..results.score import KEPT

_BEGINNING = b'{"key": "'
"""Of every line."""


class JournalError(HandgradError):
    """The journal cannot be read or written, or another grading is writing it."""


class Journal:
    """A file of one JSON object a line, only ever added to, one grading at a time.

    Attributes:
        path: the file.
        entries: what it holds, by key; the last of a key counts. A "result" in one has all that a `Result` needs.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        """Open or begin a journal; remove a last line cut off by a kill.

        Args:
            path: its folder is made where it is missing.
            fresh: whether to forget what it holds.

        Raises:
            JournalError: it cannot be opened, another grading holds it, or it holds something else than a journal.
        """
        import fcntl

        self.entries: dict[str, dict[str, Any]] = {}
        self.path, self._turn = path, threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a student has reached is nobody else's to read.
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "a+b")
        except OSError as error:
            raise JournalError(f"{path} cannot be written ({error.strerror}). Give another place: --out") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise JournalError(f"{path} is in use by another grading. Wait for it, or give another --out") from None
        if fresh:
            self._file.truncate(0)
        try:
            self._read()
        except JournalError:
            self._file.close()
            raise

    def _read(self) -> None:
        self._file.seek(0)
        whole = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n") and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line)):
                break
            try:
                entry = json.loads(line)
                key = str(entry["key"])
                if _is_usable(entry):
                    self.entries[key] = entry
            except (ValueError, LookupError, TypeError, RecursionError):
                raise JournalError(
                    f"line {number} of {self.path} is no line of a journal. Move that file away, or give another "
                    "--out; --fresh empties it"
                ) from None
            whole += len(line)
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)

    def add(self, key: str, facts: dict[str, Any]) -> None:
        """Write an entry, and return when it is on the disk.

        Raises:
            JournalError: it cannot be written; the entries before it are kept.
        """
        entry = {"key": key, **facts}
        with self._turn:
            try:
                self._file.write(json.dumps(entry).encode("ascii") + b"\n")
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError as error:
                raise JournalError(
                    f"{self.path} cannot be written ({error.strerror}). What it holds is kept: make room, and start "
                    "it again"
                ) from None
            self.entries[key] = entry

    def close(self) -> None:
        """Let go of the file, so that another grading may have it."""
        with contextlib.suppress(OSError):  # of what `add` could not write, and said so
            self._file.close()


def _is_usable(entry: dict[str, Any]) -> bool:
    """Return whether an entry is complete; an answer without one is graded anew."""
    if "result" not in entry:
        return True
    result = entry["result"]
    return isinstance(result, dict) and result.keys() >= set(KEPT)
