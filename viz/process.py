"""Running a program for a limited time: it ends by itself, or is stopped with all that it has started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

if sys.platform == "linux":
    import resource


class TooSlowError(Exception):
    """A program was stopped before it had ended."""


def run_limited(command: Sequence[str | os.PathLike[str]], given: bytes, seconds: float) -> bytes:
    """Return what a program writes to its standard output; stop it when time is up.

    Raises:
        TooSlowError: it did not end in time; nothing of it is left.
        subprocess.CalledProcessError: it failed.
        OSError: it cannot be run.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # what it starts is in its group
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        _limit(process, seconds)
        written, said = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        _stop(process)
        raise TooSlowError from None
    except BaseException:  # Ctrl-C, which does not reach another group
        _stop(process)
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, written, said)
    return written


def _limit(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Limit the process's own time, should this process be killed before it."""
    if sys.platform == "linux":
        most = int(seconds) + 2
        with contextlib.suppress(OSError):  # it has ended, or its own limit is lower
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (most, most))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)
    elif process.returncode is None:  # else the number may be another's by now
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was not sent is not asked for
                pipe.close()
