"""Writing files so that a kill at any moment leaves the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from handgrad import HandgradError


def write_whole(
    path: Path, content: bytes, *, scratch: Path, is_lasting: bool = True, is_private: bool = False
) -> None:
    """Write a file, replacing what is there, all of it or nothing.

    Args:
        path: its folder is made where it is missing.
        content: the bytes of it.
        scratch: a folder on the same disk, where a kill may leave a part behind.
        is_lasting: whether it is to outlive a crash of the machine too, which takes the time of the disk.
        is_private: whether its owner alone may read it.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    part = scratch / f"part-{os.getpid()}-{secrets.token_hex(4)}"
    mode = 0o600 if is_private else 0o644
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            if is_lasting:
                os.fsync(file.fileno())
        _replace(part, path)
    except BaseException as error:
        _remove(part)
        _name(error, path)
        raise


PAUSES = (0.02, 0.1, 0.5)
"""Seconds between tries, on Windows, to replace a file that another program is reading."""


def _replace(part: Path, path: Path) -> None:
    for pause in PAUSES if sys.platform == "win32" else ():
        try:
            return os.replace(part, path)
        except PermissionError:
            time.sleep(pause)
    os.replace(part, path)


def write_new(path: Path, content: bytes) -> None:
    """Write a file where there is none yet.

    Args:
        path: its folder is made where it is missing.
        content: the bytes of it.

    Raises:
        FileExistsError: there is one, which is left as it is.
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("xb")
    try:
        with file:
            file.write(content)
    except BaseException as error:
        _remove(path)
        _name(error, path)
        raise


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _name(error: BaseException, path: Path) -> None:
    """Add the file's name to an error where Python does not."""
    if isinstance(error, OSError):
        error.filename = str(path)


class FolderTakenError(HandgradError):
    """A folder holds something else than what is to be written there."""


def list_written(folder: Path, mark: str, what: str) -> set[str]:
    """Return the files that an earlier `write_folder` wrote there and may replace.

    Args:
        folder: a new one, an empty one, or one that was written before.
        mark: the file in it that says which they are.
        what: for the message: "a site".

    Raises:
        FolderTakenError: it is none of these.
    """
    if folder.is_file():
        raise FolderTakenError(f"{folder} is a file. Give a folder.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return set()
    try:
        names = json.loads((folder / mark).read_text(encoding="utf-8"))["files"]
        return {name for name in names if _stays_inside(name)}
    except (OSError, ValueError, KeyError, TypeError):
        raise FolderTakenError(
            f"{folder} holds something else than {what}. Give a new folder, or an empty one."
        ) from None


def write_folder(folder: Path, files: Mapping[str, bytes], mark: str, what: str) -> None:
    """Write files into a folder, with a list of them; remove those of an earlier list.

    Args:
        folder, mark, what: as of `list_written`.
        files: the content by the place in it, with "/".

    Raises:
        FolderTakenError: something else lies there, or it cannot be written.
    """
    before = list_written(folder, mark, what)
    listed = json.dumps({"files": sorted([*files, mark])}, indent=1).encode()
    try:
        # The list first: what a kill leaves half done is then still known to be ours.
        for name, data in {mark: listed, **files}.items():
            write_whole(folder / name, data, scratch=folder, is_lasting=False)
        for name in before - files.keys() - {mark}:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise FolderTakenError(f"{error.filename or folder} cannot be written ({error.strerror or error}).") from None


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def same_text(content: bytes, other: bytes) -> bool:
    """Return whether two files are the same but for line ends, which an editor or git may change."""
    return content.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def set_aside(path: Path, ending: str) -> Path:
    """Copy a file beside itself as NAME.1ENDING, or the first number that is free.

    Returns:
        The copy, which no later call overwrites.
    """
    content = path.read_bytes()
    number = 1
    while True:
        beside = path.with_name(f"{path.name}.{number}{ending}")
        try:
            write_new(beside, content)
        except FileExistsError:
            number += 1
            continue
        return beside


def last_set_aside(path: Path, ending: str) -> Path | None:
    """Return the copy that `set_aside` made last; None where there is none."""
    copies = []
    for copy in path.parent.glob(f"{path.name}.*{ending}"):
        number = copy.name[len(path.name) + 1 : -len(ending)]
        if number.isdecimal():
            copies.append((int(number), copy))
    return max(copies)[1] if copies else None


@contextlib.contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for; a killed process releases it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            import fcntl
        except ImportError:  # Windows: two runners at once are rare, and each file stays whole
            yield
            return
        with contextlib.suppress(OSError):  # a network disk that knows no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
