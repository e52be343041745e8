"""Standard output and error that cannot be written to: what a command says did not arrive: status 2."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator

from .replies import UNUSABLE
from .usage import fit

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


@contextlib.contextmanager
def deliver_output() -> Iterator[None]:
    """Run a command; if its output cannot be written, end with status 2 and a sentence."""
    _fill_descriptors()
    if sys.stdout is None:
        _end("standard output is closed")
    before = sys.stdout
    try:
        try:
            yield
        except SystemExit:
            if sys.stdout is not before:  # click's, in the place of a pipe that nobody reads any more
                _end("")
            raise
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _end("" if error.errno == errno.EPIPE else error.strerror or str(error))


def _fill_descriptors() -> None:
    """Occupy the descriptors of closed streams, so that no file of ours becomes one."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (to the end of the program)


def _end(why: str) -> None:
    """End with status 2, and say why where it can be said."""
    if why:
        with contextlib.suppress(OSError):
            print(fit(f"Error: the output cannot be written: {why}."), file=sys.stderr, flush=True)
    # Python would try again, and have the last word on the status.
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            os.dup2(nothing, stream.fileno())
    sys.exit(UNUSABLE)
