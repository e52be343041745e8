"""Room for big graphs: CPython's collector looks through every object again and again while a graph grows.

And room for deep ones: where Python's stack is small, a graph is taken apart node by node.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

RARELY = 1000
"""A full collection comes after so many of the second generation; CPython's own is 10."""

_lock = threading.Lock()
_blocks = 0
_before: tuple[int, int, int] = (0, 0, 0)


@contextmanager
def big_graph() -> Iterator[None]:
    """Build and walk a graph of some 10,000 nodes and more in this: it grows at an even pace.

    A node is an object that the collector visits at each full collection, so that a graph twice as large costs more
    than twice the time. In this block full collections come a hundred times less often. Nothing is lost by that: a
    graph holds no reference cycles, and goes with its last reference. Blocks may be nested, and run in several
    threads; the setting is the whole process's, and is put back at the end of the last of them.

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


HAS_SMALL_STACK = sys.platform == "emscripten"
"""CPython frees what only a freed object held by recursion, and stops in time where it knows how large its stack is.

In a browser it does not (Pyodide, Python 3.14): a chain of some thousand nodes ends the program when it is freed.
"""


def let_go(node: Value) -> None:
    """Take apart what only this node holds, without recursion: the `__del__` of a node where the stack is small.

    Elsewhere nodes do without it: a graph would take a third longer to build, sweep and free.
    """
    try:
        waiting = list(node.operands)
    except AttributeError:  # it was refused before it was made
        return
    node._first = node._second = None
    node._rest = ()
    while waiting:
        node = waiting.pop()
        if sys.getrefcount(node) <= _ALONE:
            waiting += node.operands
            node._first = node._second = None
            node._rest = ()


def _counted_alone() -> int:
    """What the count of references is of an object that one local variable alone holds: it depends on the version."""
    waiting = [object()]
    node = waiting.pop()
    return sys.getrefcount(node)


_ALONE = _counted_alone()
