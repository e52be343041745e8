"""JAX's code run by itself: in double precision, untraced, the rules of the functions called inside left aside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from typing import Any

import jax

Seen = Callable[[Any, tuple[Any, ...], dict[str, Any]], None]
_seen: ContextVar[Seen | None] = ContextVar("handgrad_jax_seen", default=None)


@contextmanager
def run_alone(*, by_line: bool) -> Iterator[None]:
    """Inside, numbers have double precision.

    Args:
        by_line: whether loops and jitted functions run line by line, untraced.
    """
    # Older ones have it among what is experimental.
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else import_module("jax.experimental").enable_x64
    with wide(True), jax.disable_jit(by_line):
        yield


@contextmanager
def rules_aside(seen: Seen = lambda function, args, kwargs: None) -> Iterator[None]:
    """Inside, a `custom_vjp` function of theirs is its plain self, so that JAX differentiates what is computed.

    Args:
        seen: told of each call of one.
    """
    token = _seen.set(seen)
    _door.open()
    try:
        yield
    finally:
        _door.close()
        _seen.reset(token)


def is_theirs(function: Any) -> bool:
    """Whether it is no function of JAX's own."""
    module = getattr(function.fun, "__module__", None) or ""
    return module.split(".")[0] != "jax"


def compiled(function: Any, *given: Any) -> Any:
    """A function compiled, or as it is where that cannot be."""
    quick = jax.jit(function)
    try:
        quick(*given)
    except Exception:  # it asks what the numbers are
        return function
    return quick


class _Door:
    """The one place that each call of such a function comes through, while any block is open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._original: Any = None

    def open(self) -> None:
        with self._lock:
            self._open += 1
            if self._open == 1:
                self._original = jax.custom_vjp.__call__
                jax.custom_vjp.__call__ = _plainly(self._original)  # type: ignore[method-assign]

    def close(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                jax.custom_vjp.__call__ = self._original  # type: ignore[method-assign]


def _plainly(original: Any) -> Any:
    @wraps(original)
    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        seen = _seen.get()
        if seen is None or not is_theirs(function):
            return original(function, *args, **kwargs)
        seen(function, args, kwargs)
        return function.fun(*args, **kwargs)

    return call


_door = _Door()
