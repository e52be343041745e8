"""A rule that is wrong, tried by experiment: which small change of it gives the derivative of the function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from types import FunctionType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...arrays.amounts import alike, draw_like
from ...repair.deadline import Deadline
from ...repair.dialect import Dialect
from ...repair.proof import Proof, experiment
from ...repair.suspects import Line
from ...repair.trial import Numbers, Outcome, Point, Subject
from ...rulecheck.parameters import parameters_of
from ...rulecheck.query import Asked, ask
from ..errors import RefusedRuleError
from ..reached import reached
from .calling import Call
from .derivatives import Truth
from .stand_in import standing_in

POINTS = 3
"""At so many it is tried, the one at which it was called among them."""


def _numbers(value: Any) -> Any:
    if isinstance(value, float):
        return value
    if not isinstance(value, (jax.Array, np.ndarray)) or isinstance(value, jax.core.Tracer):
        return None
    return np.array(value, float) if jnp.issubdtype(value.dtype, jnp.floating) and value.size else None


def _rebuild(numbers: Any, like: Any) -> Any:
    return float(numbers) if isinstance(like, float) else jnp.asarray(numbers, like.dtype)


def _write(array: Any, numbers: Any) -> None:
    np.asarray(array)[...] = numbers


JAX = Dialect("jax.numpy", "jnp", np.ndarray, _numbers, _rebuild, _write)


def proof_of(
    call: Call, asked: Asked, truth: Truth, believed: frozenset[Line], deadline: Deadline, *, quick: bool
) -> Proof:
    """Return what experiments show of a rule.

    Args:
        believed: the lines of bwd that compute what is wrong.
        quick: whether to say only where it is wrong, without a change.
    """
    custom = call.function
    functions, forward = reached([custom.bwd]), reached([custom.fun])
    fixed = {(one.__code__.co_filename, one.__code__.co_name) for one in forward if one not in functions}
    here = _point(call, asked.upstream, truth)
    quickly = _point(call, asked.upstream, truth, functions)
    here = quickly if _agree(here, quickly) else here
    names = [one.name for one in parameters_of(custom.bwd)[len(custom.nondiff_argnums) + 1 :]]
    subject = Subject(
        functions=[*functions, *(one for one in forward if one not in functions)],
        here=here,
        elsewhere=lambda: _elsewhere(call),
        known=[
            *(Numbers("data", name, x) for name, x in zip(call.names, call.inputs)),
            *(Numbers("gradient", name, true) for name, true in zip(call.names, truth.gradients)),
            Numbers("data", "(output)", call.output),
            Numbers("gradient", "(upstream)", asked.upstream),
        ],
        ran=here.lines(functions),
        shared=frozenset(fixed),
        share=truth.share,
        upstream=frozenset(names),
        dialect=JAX,
        at_hand=[*names, "1.0"],
        believed=believed,
        may_change=lambda file, function, *_: (file, getattr(function, "name", "")) not in fixed,
    )
    return experiment(subject, deadline, quick=quick)


def _elsewhere(call: Call) -> Iterator[Point]:
    rng = Random(5)
    for _ in range(POINTS - 1):
        with suppress(RefusedRuleError, ValueError):  # not every point is one at which it can be asked
            other = call.at([x * abs(draw_like(x, rng, 0.7, 1.3)) for x in call.inputs])
            asked = ask(other.rule, rng)
            yield _point(other, asked.upstream, Truth(other, asked))


def _point(call: Call, upstream: Any, truth: Truth, functions: Sequence[FunctionType] = ()) -> Point:
    """Return the point of a call.

    Args:
        functions: user functions, which are to run on NumPy; none to run as they are.
    """

    def run(between: Callable[[], None]) -> Outcome:
        with standing_in(functions):
            output, passed = call.rerun(upstream, between, quickly=bool(functions))
        given = [np.zeros(np.shape(x)) if one is None else one for x, one in zip(call.inputs, passed)]
        return Outcome(dict(zip(call.names, given)), [output])

    return Point.of_rule(run, dict(zip(call.names, truth.gradients)), truth.share)


def _agree(one: Point, other: Point) -> bool:
    """Tell whether user code gives the same at two points."""
    try:
        first, second = (point.run(lambda: None).gradients for point in (one, other))
    except Exception:  # it needs more of JAX than NumPy has
        return False
    return all(alike(first[name], second[name], 1e-9) for name in first)
