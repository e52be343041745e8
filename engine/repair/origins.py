"""The numbers from which everything wrong follows: the mistake is there or before, and the rest is carried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .suspects import Line, Suspects

MOST_ASKED = 1_500
"""So many times the chain rule is applied to numbers on the way."""

Recompute = Callable[[Any], Iterable[Mapping[str, Any]]]
"""Of a number on the way, what the gradients would be if it were that of something: a mapping by name for each of what
it may be the gradient of, and is not."""


class _Origin(NamedTuple):
    line: Line
    explained: frozenset[str]
    value: Any
    is_known: bool


def origins(suspects: Suspects, recompute: Recompute) -> dict[Line, frozenset[str]]:
    """Find the lines whose numbers, taken for gradients, make by the chain rule all that is wrong and nothing else.

    Returns:
        By line the wrong gradients that follow from what it writes: the lines that explain most, the earliest of these.
    """
    found = list(_candidates(suspects, recompute))
    lines: dict[Line, frozenset[str]] = {}
    left = suspects.wrong
    while left:
        best = max(found, key=lambda one: len(one.explained & left), default=None)  # of as many the earliest
        if best is None or not best.explained & left:
            break
        explained = best.explained & left
        if best.is_known:  # right numbers of something else: where they are last taken for this one's
            best = next(
                one
                for one in reversed(found)
                if np.array_equal(one.value, best.value) and one.explained & left == explained
            )
        lines[best.line] = explained
        left = left - explained
    return lines


def _candidates(suspects: Suspects, recompute: Recompute) -> Iterable[_Origin]:
    point, given = suspects.point, suspects.given
    finals = [np.asarray(value) for value in given.values() if value is not None]
    asked = 0
    for event, value in suspects.seen:
        value = np.asarray(value)
        if event in suspects.cleared or not value.size or any(np.array_equal(value, one) for one in finals):
            continue
        for made in recompute(value):
            asked += 1
            if asked > MOST_ASKED:
                return
            known = made.keys() & point.names
            explained = frozenset(
                name for name in known & suspects.wrong if suspects.is_like(made[name], given.get(name))
            )
            if explained and all(point.is_right(name, made[name]) for name in known - suspects.wrong):
                yield _Origin(suspects.line_of(event), explained, value, suspects.is_gradient(event))
