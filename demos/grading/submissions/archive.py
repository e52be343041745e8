"""The files in a zip, read into memory: nothing of it is ever written to a disk.

An archive is somebody else's word on everything: how many files, how large, with which names. So each is counted and
read only as far as it may be, and a name is only a name.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .safe_files import RefusedError, open_safely

MOST_BYTES = 16 << 20
"""Of the archive itself."""
MOST_FILES = 2_000
"""Files and folders in it, at most."""
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others may ask for more memory than they hold."""


class Member(NamedTuple):
    """A file of an archive.

    Attributes:
        parts: its folders and its name.
        content: what is in it, as much as may be asked for and a byte more; None for what is no file to be read.
        why: then, why not; "" where nobody asks for it.
    """

    parts: tuple[str, ...]
    content: bytes | None
    why: str = ""


def members(archive: Path, wanted: tuple[str, ...], most: int) -> Iterator[Member]:
    """Yield the files of an archive; read those with one of the endings.

    Args:
        archive: the file.
        wanted: endings of names, ".py" say; a file with another has no content.
        most: bytes of one file.

    Raises:
        RefusedError: it is no archive that can be unpacked, or holds too much, or leads outside of itself.
    """
    with open_safely(archive) as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise RefusedError(f"is larger than {MOST_BYTES >> 20} MB. Hand in the programs alone.")
        try:
            with zipfile.ZipFile(file) as whole:
                yield from _members(whole, wanted, most)
        except RefusedError:
            raise
        except Exception as error:  # of what is no archive, zipfile raises many kinds of error
            raise RefusedError(f"cannot be unpacked ({type(error).__name__}). Hand in the files themselves.") from None


def _members(whole: zipfile.ZipFile, wanted: tuple[str, ...], most: int) -> Iterator[Member]:
    entries = whole.infolist()
    if len(entries) > MOST_FILES:
        raise RefusedError(f"holds more than {MOST_FILES:,} files. Hand in the programs alone.")
    left = MOST_BYTES
    for entry in entries:
        parts = _parts(entry.filename)
        if entry.is_dir():
            continue
        if stat.S_ISLNK(entry.external_attr >> 16):
            yield Member(parts, None, "is a symbolic link, which is not followed. Hand in the file itself.")
        elif not parts[-1].endswith(wanted):
            yield Member(parts, None)
        elif entry.flag_bits & 1:
            yield Member(parts, None, "is locked by a password. Hand it in without.")
        elif entry.compress_type not in _KINDS:
            yield Member(parts, None, "is packed in a way that is not read. Make a plain zip.")
        else:
            with whole.open(entry) as file:
                content = file.read(most + 1)
            left -= len(content)
            if left < 0:
                raise RefusedError(f"unpacks to more than {MOST_BYTES >> 20} MB. Hand in the programs alone.")
            yield Member(parts, content)


def _parts(name: str) -> tuple[str, ...]:
    """Return the folders and the name of an entry.

    Raises:
        RefusedError: it would lie outside of the archive.
    """
    plain = name.replace("\\", "/")
    parts = tuple(part for part in plain.split("/") if part not in ("", "."))
    if plain.startswith("/") or ".." in parts or not parts or ":" in parts[0]:
        raise RefusedError("holds a name that leads outside of it. Pack the files anew.")
    return parts
