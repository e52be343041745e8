"""Wrong gradients that a `bwd` computes from another wrong one: with that one put right, they are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..lines import traced, variable_at
from ..source import code_of
from .aside import run_alone
from .calling import Call

IsRight = Callable[[int, Any], bool]


def carried(call: Call, upstream: Any, truths: Mapping[int, Any], is_right: IsRight) -> set[int]:
    """The places of the gradients that are only carried on.

    Args:
        upstream: the gradient that arrives.
        truths: what belongs there, by the places of all that are wrong.
        is_right: says so of what is passed to a place.
    """
    fixed: dict[int, set[int]] = {}
    for place, truth in truths.items() if len(truths) > 1 else ():
        given = _with_truth(call, place, truth, np.ravel(upstream))
        fixed[place] = {one for one in truths if given is not None and is_right(one, given[one])} - {place}
    return {one for place, some in fixed.items() for one in some if place not in fixed[one]}


def _with_truth(call: Call, place: int, truth: Any, row: Any) -> list[Any] | None:
    """What bwd gives where the variable that it returns for a place is given its true value; None where none is."""
    bwd = call.function.bwd
    name, lines = variable_at(bwd, call.leaves[call.asked[place]].argument, call.ran)
    code = code_of(bwd)
    if not name or code is None:
        return None
    try:
        with run_alone(by_line=False), _given(code, name, lines, truth):
            return [None if one is None else np.asarray(one, dtype=float) for one in call.passed(row)]
    except Exception:  # whatever their code may raise on another number
        return None


@contextmanager
def _given(code: CodeType, name: str, lines: range, truth: Any) -> Iterator[None]:
    """Inside, a variable of a function has this value whenever these lines have run; of another shape it is let be."""
    last = 0

    def within(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal last
        if last in lines and frame.f_lineno not in lines:
            held: Any = frame.f_locals  # read once: to read it again takes back what was written
            if np.shape(held.get(name)) == np.shape(truth):
                held[name] = jnp.asarray(truth, dtype=jnp.result_type(held[name]))
        last = frame.f_lineno
        return within

    with traced({code}, within):
        yield
