"""Open a file that was handed in without following a link or waiting for a pipe."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


class RefusedError(Exception):
    """A file is not read; its text goes on after the file's name."""


def open_safely(path: Path) -> BinaryIO:
    """Open a file, then check it, so that what is checked is what is read.

    Raises:
        RefusedError: it is a link, no regular file, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "is a symbolic link, which is not followed" if error.errno == errno.ELOOP else "cannot be read"
        raise RefusedError(f"{why}. Hand in the file itself.") from None
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise RefusedError("is no regular file. Hand in a text file.")
    return file
