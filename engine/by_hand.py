"""Hold somebody to working by hand: in a `by_hand()` block the engine computes no gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from . import autodiff, numeric
from .errors import HandgradError
from .manual import manual


class ByHandError(HandgradError, RuntimeError):
    """Autodiff was called where the learner is to do the work."""

    def __init__(self) -> None:
        super().__init__(
            "this kata is done by hand: backward(), gradients(), compare() and numeric_gradients() are refused "
            "while your code runs. Work the gradients out: the upstream gradient times the local derivative, "
            "summed over the uses."
        )


def refuse(*_: Any, **__: Any) -> NoReturn:
    """Stands where the engine would compute a gradient.

    Raises:
        ByHandError: always.
    """
    raise ByHandError


# Every gradient that the engine works out by itself passes through one of these, whatever name it
# was called by and however early that name was imported.
_GATES = ((autodiff, "topological_order"), (numeric, "_evaluate"))
_OPEN = tuple(getattr(module, name) for module, name in _GATES)


@contextmanager
def by_hand() -> Iterator[None]:
    """Run a learner's code in this: new Values are in manual mode, and autodiff refuses to work.

    Raises:
        ByHandError: in the block, `backward()`, `gradients`, `compare` or `numeric_gradients` was called.

    Example:
        >>> from handgrad import Value, gradients
        >>> with by_hand():
        ...     gradients(Value(2.0) * 3.0)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        handgrad.by_hand.ByHandError: this kata is done by hand: backward(), gradients(), compare() ...
    """
    with _gates((refuse,) * len(_GATES)), manual():
        yield


@contextmanager
def judging() -> Iterator[None]:
    """Inside a `by_hand` block, have autodiff work after all: what was done by hand is compared with it."""
    with _gates(_OPEN):
        yield


def is_by_hand() -> bool:
    """Whether this runs in a `by_hand` block."""
    return any(getattr(module, name) is refuse for module, name in _GATES)


@contextmanager
def _gates(functions: Iterable[Callable[..., Any]]) -> Iterator[None]:
    before = [getattr(module, name) for module, name in _GATES]
    _set_gates(functions)
    try:
        yield
    finally:
        _set_gates(before)


def _set_gates(functions: Iterable[Callable[..., Any]]) -> None:
    for (module, name), function in zip(_GATES, functions):
        setattr(module, name, function)
