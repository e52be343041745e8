"""Room for big graphs: CPython's collector looks through every object again and again while a graph grows."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = 1000
"""A full collection comes after so many of the second generation; CPython's own is 10."""
YOUNG = 2_000_000
"""The youngest are looked through once there are so many more of them; CPython's own is 700, or 2,000 from 3.13 on."""

_lock = threading.Lock()
_blocks = 0
_before: tuple[int, int, int] = (0, 0, 0)


@contextmanager
def big_graph() -> Iterator[None]:
    """Keep the garbage collector at an even pace while a big graph is built and walked.

    A node is an object that the collector visits at each full collection, so that a graph twice as large costs more
    than twice the time. In this block full collections come a hundred times less often, and those of the youngest
    objects after two million new ones. Nothing is lost by that: a graph holds no reference cycles, and goes with its
    last reference. Blocks may be nested, and run in several threads; the setting is the whole process's, and is put
    back at the end of the last of them.

    Examples:
        >>> from handgrad import Value, big_graph
        >>> with big_graph():
        ...     total = Value(0.0)
        ...     for i in range(20_000):
        ...         total = total + i
        >>> total.data
        199990000.0
    """
    global _blocks, _before  # noqa: PLW0603  (the collector is the process's)
    with _lock:
        if not _blocks:
            _before = young, old, full = gc.get_threshold()
            if young:  # 0 is the collector switched off
                young = max(young, YOUNG)
            # The third is 0 where old objects are visited bit by bit (Python 3.14): the second says how few at a time.
            gc.set_threshold(*((young, old, max(full, RARELY)) if full else (young, max(old, RARELY), 0)))
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if not _blocks:
                gc.set_threshold(*_before)
