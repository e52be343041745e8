"""A rule asked: with a random upstream gradient, and with something in the inputs' gradients beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import numpy as np

from ..arrays.amounts import alike, draw_like, is_anything, is_finite, shape_of
from .rule import RTOL, Rule


class Asked(NamedTuple):
    """A rule asked once.

    Attributes:
        rule: it, at a point.
        upstream: the gradient of the output.
        given: what it passes back to each input, None for nothing; of two that are one to the first.
        kept: for each input, whether what stood in its gradient is still in it.
        changed, is_coarse: as of its `Answer`.
    """

    rule: Rule
    upstream: Any
    given: tuple[Any, ...]
    kept: tuple[bool, ...] = ()
    changed: tuple[int, ...] = ()
    is_coarse: bool = False


def ask(rule: Rule, rng: Random) -> Asked:
    """Ask a rule.

    Args:
        rng: for the upstream gradient, and for what stands in the inputs' gradients.

    Raises:
        ValueError: it is outside of its domain.
        Exception: whatever somebody's code raises.
    """
    if not all(map(is_finite, (*rule.inputs, rule.output))):
        raise ValueError("outside of its domain")
    upstream = draw_like(rule.output, rng, 0.5, 1.5)
    answer = rule.pull(upstream, None)
    kept = [True] * len(rule.inputs)
    if answer.writes and any(map(is_anything, answer.given)):
        kept = _check_kept(rule, upstream, answer.given, rng)
    return Asked(rule, upstream, tuple(answer.given), tuple(kept), tuple(answer.changed), answer.is_coarse)


def _check_kept(rule: Rule, upstream: Any, given: Sequence[Any], rng: Random) -> list[bool]:
    """Return for each input whether what was in its gradient before is still in it."""
    stood = [draw_like(x, rng, 2.0, 3.0) for x in rule.inputs]
    after = rule.pull(upstream, stood).given
    kept = []
    for place, (before, passed, here) in enumerate(zip(stood, given, after)):
        alone = passed if passed is not None else np.zeros(shape_of(before))
        is_lost = here is not None and is_anything(passed) and is_finite(here) and _is_there_alone(here, alone)
        kept.append(place in rule.twins or not is_lost)
    return kept


def _is_there_alone(here: Any, passed: Any) -> bool:
    """Return whether only what was passed is there, wherever something was passed."""
    if shape_of(here) != shape_of(passed) or not shape_of(passed):
        return alike(here, passed, RTOL)
    at = np.asarray(passed) != 0.0
    return alike(np.where(at, here, 0.0), passed, RTOL)
