"""Manual mode, and who may call autodiff.

The nodes made inside `manual()` wait for a gradient written by hand. `by_hand()` goes further and
holds somebody to it: the engine computes no gradient for what runs inside. Every function that
works gradients out asks here first, so a new one is closed as soon as it asks.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from types import FrameType
from typing import Any, NoReturn

from .errors import HandgradError


class Mode(Enum):
    """How a node gets its gradient; fixed when the node is made.

    `initial_grad` is what its grad starts as, `is_manual` whether a person fills it in, and
    `is_constant` marks a bare number of an expression, which nobody is asked about. COMPARED is
    AUTODIFF of a node whose data the program has compared: it may have gone one way of two by that.
    """

    AUTODIFF = ("autodiff", False, False)
    COMPARED = ("compared", False, False)
    MANUAL = ("manual", True, False)
    AUTODIFF_CONSTANT = ("autodiff", False, True)
    MANUAL_CONSTANT = ("manual", True, True)

    def __init__(self, _: str, is_manual: bool, is_constant: bool) -> None:
        self.is_manual = is_manual
        self.is_constant = is_constant
        self.initial_grad: float | None = None if is_manual else 0.0

    @property
    def after_comparison(self) -> Mode:
        """The mode of a node of this one once it has been compared."""
        return Mode.COMPARED if self is Mode.AUTODIFF else self


AUTODIFF, MANUAL = Mode.AUTODIFF, Mode.MANUAL
UNTOUCHED = AUTODIFF.initial_grad
"""The very object that is a grad before anything has arrived."""

# A context variable and not a global: each thread and each asyncio task has a mode of its own.
_mode: ContextVar[Mode] = ContextVar("handgrad_mode", default=AUTODIFF)
current_mode = _mode.get


def constant_mode() -> Mode:
    """Return the mode of a constant made now."""
    return Mode.MANUAL_CONSTANT if current_mode().is_manual else Mode.AUTODIFF_CONSTANT


@contextmanager
def manual() -> Iterator[None]:
    """Make nodes whose `grad` is None until the learner assigns it.

    The mode belongs to the node: it stays manual after the block ends, and `backward()` on a
    graph that holds such a node raises `ManualModeError`.

    Examples:
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
    except TypeError as error:
        from .advice import advice  # with traceback, half as long to load as all of handgrad

        said = advice(error)
        if said:
            error.add_note(said)
        raise
    finally:
        _mode.reset(token)


class ByHandError(HandgradError, RuntimeError):
    """A gradient was asked of the engine where the learner is to do the work."""

    def __init__(self, what: str = "backward(), gradients(), compare() and numeric_gradients() are") -> None:
        super().__init__(
            f"this kata is done by hand: {what} refused while your code runs. Work the gradients out: the upstream "
            "gradient times the local derivative, summed over the uses."
        )


class _Door(Enum):
    """How far the engine is open."""

    OPEN = "open"
    RULES = "rules"
    """Only an operation's own local derivatives are told."""
    SHUT = "shut"


_HELD = "HANDGRAD_ANSWER"
"""Set in the environment of a process that judges an answer."""


class _Gate:
    """Whether the engine may work gradients out now.

    Elsewhere than in a process that judges an answer this belongs to the context, so that nobody
    else's work is refused. There (see `hold_process`) it is one setting for all threads and all
    contexts, open to the judge's own thread alone; and once something was to be done by hand, it is
    shut to every call on whose way strange code stands: what an answer left behind, to be called
    later (a number that is computed when it is read, a signal's handler, an operation's rule),
    finds it shut too.
    """

    def __init__(self) -> None:
        self._here: ContextVar[_Door] = ContextVar("handgrad_by_hand", default=_Door.OPEN)
        # A second copy of the engine in a judge's process, or one in a process started there, has no judge of its own.
        self.judge: int | None = -1 if os.environ.get(_HELD) else None
        self._base: FrameType | None = None
        self._trusted: tuple[str, ...] = _TRUSTED
        self._held = self._for_strangers = _Door.OPEN

    @property
    def door(self) -> _Door:
        """Return whether gradients may be computed here, by the thread and by whose code runs."""
        if self.judge is None:
            return self._here.get()
        if self.judge != threading.get_ident():
            return _Door.SHUT
        if self._held is _Door.OPEN and self._for_strangers is not _Door.OPEN and self._has_stranger():
            return self._for_strangers
        return self._held

    def _has_stranger(self) -> bool:
        """Return whether the call stack holds code other than ours and Python's, above the judge."""
        frame: FrameType | None = sys._getframe()
        while frame is not None and frame is not self._base:
            if not frame.f_code.co_filename.startswith(self._trusted):
                return True
            frame = frame.f_back
        return False

    def hold_process(self, *files: str) -> None:
        """Make this process a judge's: the engine works for the calling thread alone, from here on.

        To be called before the answer is imported: the packages that are there by then are not the answer's.

        Args:
            files: the files of the judge's own that lie elsewhere than ours: the tests.
        """
        os.environ[_HELD] = "1"
        self.judge = threading.get_ident()
        self._base = sys._getframe(1)
        # All packages imported by now: not all lie beside Python.
        packages = [module for name, module in list(sys.modules.items()) if "." not in name]
        folders = [folder for package in packages for folder in getattr(package, "__path__", ())]
        self._trusted = (*_TRUSTED, *files, *(os.path.join(folder, "") for folder in folders))

    @contextmanager
    def set(self, door: _Door) -> Iterator[None]:
        """Open or shut the door in this block: of a judge's process for the judge alone."""
        if self.judge is None:
            token = self._here.set(door)
            try:
                yield
            finally:
                self._here.reset(token)
        elif self.judge != threading.get_ident():
            yield
        else:
            if door is not _Door.OPEN:
                self._for_strangers = door
            with self.set_for_judge(door):
                yield

    @contextmanager
    def set_for_judge(self, door: _Door) -> Iterator[None]:
        """Open or shut the engine for a moment of the judge's own, within its process."""
        before, self._held = self._held, door
        try:
            yield
        finally:
            self._held = before


# Our own files, Python's library and what is installed.
_TRUSTED = (os.path.dirname(os.path.dirname(os.path.realpath(__file__))), sys.prefix, sys.base_prefix, "<frozen ")
_gate = _Gate()
hold_process = _gate.hold_process


def require_gradients() -> None:
    """Raise ByHandError where no gradient may be computed.

    Raises:
        ByHandError: this runs in a `by_hand()` block.
    """
    if _gate.door is not _Door.OPEN:
        raise ByHandError


def require_rules() -> None:
    """Raise ByHandError where no local derivative may be read.

    Raises:
        ByHandError: this runs in a `by_hand()` block without rules.
    """
    if _gate.door is _Door.SHUT:
        raise ByHandError("the operations' own derivatives are")


def engine_access() -> str:
    """Return what the enclosing `by_hand()` leaves of the engine: "shut", "rules" or "open"."""
    return _gate.door.value


def refuse(*_: Any, **__: Any) -> NoReturn:
    """Raise ByHandError: the stand-in for a computed gradient in a copy of the engine without one.

    Raises:
        ByHandError: always.
    """
    raise ByHandError


@contextmanager
def by_hand(*, rules: bool = False) -> Iterator[None]:
    """Run a learner's code: new nodes are in manual mode, the engine computes no gradient.

    Args:
        rules: whether the local derivatives of the operations may be looked up all the same.

    Raises:
        ByHandError: in the block, a gradient was asked of the engine.

    Examples:
        >>> from handgrad import Value, gradients
        >>> with by_hand():
        ...     gradients(Value(2.0) * 3.0)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        handgrad.manual.ByHandError: this kata is done by hand: backward(), gradients(), compare() ...
    """
    with _gate.set(_Door.RULES if rules else _Door.SHUT), manual():
        yield


def judging() -> AbstractContextManager[None]:
    """Let the engine compute inside `by_hand`, to compare with what was done by hand."""
    return _gate.set(_Door.OPEN)


def reading() -> AbstractContextManager[None]:
    """Shut the engine in a judge's process while numbers are read that may be made up on demand."""
    return nullcontext() if _gate.judge is None else _gate.set_for_judge(_Door.SHUT)


def shut_engine_for(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a user's function so that the engine is shut wherever a judge calls it."""

    @wraps(function)
    def call(*arguments: Any) -> Any:
        with reading():
            return function(*arguments)

    return call
