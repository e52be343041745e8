"""The journal: every result on the disk as it comes, so that a crash or a kill loses none."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from engine import HandgradError


class JournalError(HandgradError):
    """The journal cannot be written, or another grading is writing it."""


class Journal:
    """A file of one JSON object a line, only ever added to, one grading at a time.

    Attributes:
        entries: what it holds, by key; the last of a key counts.
    """

    def __init__(self, path: Path) -> None:
        """Open a journal, or begin one; a last line that was cut off by a kill is removed.

        Raises:
            JournalError: it cannot be opened, or another grading holds it.
        """
        import fcntl

        self.entries: dict[str, dict[str, Any]] = {}
        self._turn = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise JournalError(f"{path} cannot be written ({error.strerror}). Give another place: --out") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise JournalError(f"{path} is in use by another grading. Wait for it, or give another --out") from None
        self._read()

    def _read(self) -> None:
        self._file.seek(0)
        whole = 0
        for line in self._file:
            try:
                entry = json.loads(line)
                self.entries[entry["key"]] = entry
            except (ValueError, KeyError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            whole += len(line)
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)

    def add(self, key: str, facts: dict[str, Any]) -> None:
        """Write an entry, and return when it is on the disk."""
        entry = {"key": key, **facts}
        with self._turn:
            self._file.write(json.dumps(entry).encode("ascii") + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.entries[key] = entry

    def close(self) -> None:
        self._file.close()
