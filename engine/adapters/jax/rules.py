"""JAX's code run by itself: in double precision, untraced, the rules of the functions called inside left aside."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from typing import Any

import jax

Seen = Callable[[Any, tuple[Any, ...]], None]
_seen: ContextVar[Seen | None] = ContextVar("handgrad_jax_seen", default=None)
_lock, _blocks = threading.Lock(), list[Any]()
"""What `custom_vjp.__call__` was before each block that is open: JAX's own before the first."""


@contextmanager
def run_alone(*, by_line: bool) -> Iterator[None]:
    """Run a block in double precision.

    Args:
        by_line: whether loops and jitted functions run line by line, untraced.
    """
    # Older ones have it among what is experimental.
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else import_module("jax.experimental").enable_x64
    with wide(True), jax.disable_jit(by_line):
        yield


@contextmanager
def without_rules(seen: Seen = lambda function, args: None) -> Iterator[None]:
    """Let JAX differentiate what `custom_vjp` functions of the user compute.

    Inside, each is its plain self.

    Args:
        seen: told of each call of one.
    """
    token = _seen.set(seen)
    with _lock:
        _blocks.append(jax.custom_vjp.__call__)
        if len(_blocks) == 1:
            jax.custom_vjp.__call__ = _plainly(_blocks[0])  # type: ignore[method-assign]
    try:
        yield
    finally:
        with _lock:
            original = _blocks.pop()
            if not _blocks:
                jax.custom_vjp.__call__ = original  # type: ignore[method-assign]
        _seen.reset(token)


def _plainly(original: Any) -> Any:
    @wraps(original)
    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        seen = _seen.get()
        if seen is None or (getattr(function.fun, "__module__", None) or "").split(".")[0] == "jax":
            return original(function, *args, **kwargs)
        bound = inspect.signature(function.fun).bind(*args, **kwargs)
        bound.apply_defaults()
        if not bound.kwargs:
            seen(function, bound.args)
        return function.fun(*args, **kwargs)

    return call
