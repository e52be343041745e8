"""Functions that numba has compiled, as the Python that they were written in: that alone can be followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FunctionType
from typing import Any

from ..source import codes_within


def as_written(function: Any) -> Any:
    """The Python of a function that numba has compiled; anything else as it is."""
    written = getattr(function, "py_func", None)
    is_numbas = type(function).__module__.partition(".")[0] == "numba"
    return written if is_numbas and isinstance(written, FunctionType) else function


@contextmanager
def all_as_written(*functions: Any) -> Iterator[None]:
    """In this block the functions of theirs that these call are Python's, too."""
    with ExitStack() as put_back:
        waiting = [getattr(as_written(one), "__func__", as_written(one)) for one in functions]
        met: set[int] = set()
        for one in waiting:  # it grows as it is walked
            if isinstance(one, FunctionType) and id(one) not in met:
                met.add(id(one))
                for held, put in _held_by(one):
                    written = as_written(held)
                    waiting.append(written)
                    if written is not held:
                        put_back.callback(put, held)
                        put(written)
        yield


def _held_by(function: FunctionType) -> Iterator[tuple[Any, Callable[[Any], None]]]:
    """What a function's global and closed-over names stand for, each with how to put something else there."""
    names, space = {name for code in codes_within(function.__code__) for name in code.co_names}, function.__globals__
    for name in names & space.keys():
        yield space[name], partial(space.__setitem__, name)
    for cell in function.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # empty as yet
            continue
        yield held, partial(setattr, cell, "cell_contents")
