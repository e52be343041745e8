"""Writing files so that a kill at any moment leaves the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_whole(path: Path, content: bytes, *, scratch: Path, is_lasting: bool = True) -> None:
    """Write a file, replacing what is there, all of it or nothing.

    Args:
        path: its folder is made where it is missing.
        content: the bytes of it.
        scratch: a folder on the same disk, where a kill may leave a part behind.
        is_lasting: whether it is to outlive a crash of the machine too, which takes the time of the disk.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=scratch, prefix="part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if is_lasting:
                os.fsync(handle)
        with contextlib.suppress(OSError):
            os.chmod(part, 0o644)  # mkstemp's files are for their owner alone
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


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
    with path.open("xb") as file:
        file.write(content)


def same_text(content: bytes, other: bytes) -> bool:
    """Whether two files hold the same, line ends apart: an editor or git on Windows may change them."""
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


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for; a process that is killed lets go of it."""
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
