"""The numbers from which everything wrong follows: the mistake is there or before, and the rest is carried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .deadline import Deadline
from .hooks import Event
from .suspects import Line, Suspects

MOST_WORK = 40_000.0
NUMBERS_PER_UNIT = 5.0
"""To apply the chain rule once takes the longer, the more is known."""

Recompute = Callable[[Any], Iterable[Mapping[str, Any]]]
"""Of a number on the way, what the gradients would be if it were that of something: a mapping by name for each of what
it may be the gradient of, and is not."""


RecomputeLoop = Callable[[Sequence[Any]], Iterable[Mapping[str, Any]]]
"""The same of all that one place of a loop writes, for each sequence of things that it may be of."""


class _Origin(NamedTuple):
    line: Line
    explained: frozenset[str]
    values: list[Any]
    is_known: bool


def origins(
    suspects: Suspects, recompute: Recompute, recompute_loop: RecomputeLoop, deadline: Deadline
) -> dict[Line, frozenset[str]]:
    """Find the lines whose numbers, taken for gradients, explain all that is wrong.

    By the chain rule they make that, and nothing else.

    Returns:
        By line the wrong gradients that follow from what it writes: the lines that explain most, the earliest of these.
    """
    found = list(_candidates(suspects, recompute, recompute_loop, deadline))
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
                if _are_equal(one.values, best.values) and one.explained & left == explained
            )
        lines[best.line] = explained
        left = left - explained
    return lines


def _candidates(
    suspects: Suspects, recompute: Recompute, recompute_loop: RecomputeLoop, deadline: Deadline
) -> Iterable[_Origin]:
    point, given, is_over = suspects.point, suspects.given, deadline.limit(MOST_WORK)
    for events, values in _numbers(suspects):
        for made in recompute_loop(values) if len(values) > 1 else recompute(values[0]):
            deadline.spend(len(suspects.known.numbers) / NUMBERS_PER_UNIT)
            if is_over():
                return
            known = made.keys() & point.names
            explained = frozenset(
                name for name in known & suspects.wrong if suspects.is_like(made[name], given.get(name))
            )
            if explained and all(point.is_right(name, made[name]) for name in known - suspects.wrong):
                yield _Origin(suspects.line_of(events[0]), explained, values, suspects.is_gradient(events[0]))


def _numbers(suspects: Suspects) -> Iterator[tuple[list[Event], list[Any]]]:
    """Yield what may be an origin, in the order of time.

    First all that one place of a loop writes, then each number.
    """
    finals = [np.asarray(value) for value in suspects.given.values() if value is not None]
    places: dict[tuple[int, int], list[tuple[Event, Any]]] = {}
    for event, value in suspects.written():
        if np.size(value) and not suspects.is_named_rightly(event):
            places.setdefault((event.site, event.part), []).append((event, np.asarray(value)))
    order = {event: place for place, event in enumerate(suspects.events)}
    found: list[tuple[bool, int, list[tuple[Event, Any]]]] = []
    for written in places.values():
        is_loop = len(written) > 1
        unknown = [order[event] for event, _ in written if not suspects.is_gradient(event)]
        if is_loop and not all(suspects.is_data(event) for event, _ in written):
            found.append((False, min(unknown, default=order[written[0][0]]), written))
        for event, value in written:
            is_final = any(np.array_equal(value, one) for one in finals)
            if event not in suspects.cleared and not is_final and not suspects.is_data(event):
                found.append((is_loop, order[event], [(event, value)]))
    for _, _, written in sorted(found, key=lambda one: one[:2]):  # one turn of a loop alone at the end
        yield [event for event, _ in written], [value for _, value in written]


def _are_equal(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return len(first) == len(second) and all(map(np.array_equal, first, second))
