"""Manual mode: the nodes made inside `manual()` wait for a gradient written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum


class Mode(Enum):
    """How a node gets its gradient; fixed when the node is made.

    `unfilled` is what its grad starts as, `is_manual` whether a person fills it in, and
    `is_constant` marks a bare number of an expression, which nobody is asked about.
    """

    AUTODIFF = ("autodiff", False, False)
    MANUAL = ("manual", True, False)
    AUTODIFF_CONSTANT = ("autodiff", False, True)
    MANUAL_CONSTANT = ("manual", True, True)

    def __init__(self, label: str, is_manual: bool, is_constant: bool) -> None:
        self.label = label
        self.is_manual = is_manual
        self.is_constant = is_constant
        self.unfilled: float | None = None if is_manual else 0.0


AUTODIFF, MANUAL = Mode.AUTODIFF, Mode.MANUAL

# A context variable and not a global: each thread and each asyncio task has a mode of its own.
_mode: ContextVar[Mode] = ContextVar("handgrad_mode", default=AUTODIFF)
current_mode = _mode.get


def constant_mode() -> Mode:
    """The mode of a constant made now."""
    return Mode.MANUAL_CONSTANT if current_mode().is_manual else Mode.AUTODIFF_CONSTANT


@contextmanager
def manual() -> Iterator[None]:
    """Values made inside have `grad` None, and the learner assigns it.

    The mode belongs to the node: it stays manual after the block ends, and `backward()` on a
    graph that holds such a node raises `ManualModeError`.

    Example:
        >>> from handgrad import Value, compare, manual
        >>> with manual():
        ...     a, b = Value(2.0, "a"), Value(-3.0, "b")
        ...     L = a * b
        >>> L.grad, a.grad, b.grad = 1.0, -3.0, 2.0
        >>> compare(L).ok
        True
    """
    token = _mode.set(MANUAL)
    try:
        yield
    finally:
        _mode.reset(token)
