"""A process that is asked over its standard input, and goes when that ends."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable


def dismiss(process: subprocess.Popen[bytes], seconds: float, kill: Callable[[], object]) -> None:
    """Have such a process go, when it has nothing more to do.

    Args:
        process: with pipes to its standard input and from its standard output.
        seconds: how long it may take to go.
        kill: ends it where it takes longer.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    # Its input first: at the end of that it goes, and a thread that waits for its answer is let go.
    with contextlib.suppress(OSError, ValueError):
        process.stdin.close()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        kill()
        process.wait()
    process.stdout.close()
