"""A bar at the terminal while small changes of the user's code are tried."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

WIDTH = 20

Progress = Callable[[float, float], None]


def line_of(passed: float, most: float) -> str:
    """Return the bar for so many seconds out of the most."""
    filled = round(WIDTH * min(passed / most, 1.0))
    drawn = "#" * filled + "." * (WIDTH - filled)
    return f"[{drawn}] trying small changes of your code: {passed:.0f} of at most {most:.0f} s"


@contextmanager
def bar(stream: TextIO | None = None) -> Iterator[Progress | None]:
    """Show a bar in this block, and remove it after; yield None where nobody looks.

    Args:
        stream: where it is drawn; by default where errors go.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield None
        return
    drawn = 0

    def progress(passed: float, most: float) -> None:
        nonlocal drawn
        line = line_of(passed, most)
        stream.write(f"\r{line.ljust(drawn)}")
        stream.flush()
        drawn = len(line)

    try:
        yield progress
    finally:
        if drawn:
            stream.write(f"\r{' ' * drawn}\r")
            stream.flush()
