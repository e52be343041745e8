"""The sheets that a page may open, each by a key that its address can hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from handgrad import HandgradError, Value, manual
from handgrad.functional import cross_entropy

from ...katas.course import Course
from ...katas.drills.drill import ARRAY_LEVELS, LEVELS
from ...katas.drills.on_sheet import draw_target
from ...katas.graph_names import kata_graph_with_names
from ...sheet import Target, find_target, lecture
from ...softmax_cross_entropy import LOGITS, TARGET
from .program import program

FRONT = "front"
"""The key of the sheet that the site opens with: the lecture's, with its famous mistake."""

MISTAKE = {
    "L": "1",
    "f": "L.grad * d",
    "d": "2",
    "e": "d.grad",
    "c": "d.grad",
    "a": "e.grad * b",
    "b": "e.grad * a",
}
"""What is filled in there: the minus of f is lost at d, and the rest follows correctly from that."""


LEVELS_OF_A_DAY = (3, 4)
"""Of the drills: graphs that are not done at a glance."""


class NoSheetError(HandgradError):
    """No sheet has that key."""


def target(key: str, course: Course, failed: Mapping[str, Any] | None = None) -> Target:
    """Return the graph of a key.

    Args:
        key: "lecture", or "front" with a mistake in it; "kata/NAME"; "own/PROGRAM"; "drill/LEVEL/SEED/NUMBER";
            "softmax/steps" or "softmax/fused"; "challenge/SEED/PROGRAM" or "day/DATE", to be broken by `challenge`;
            "file/PATH" of the page's own disk.
        failed: of a kata, the comparison whose numbers stand on it.

    Raises:
        NoSheetError: it is none of these.
        HandgradError: there is no such graph.
    """
    kind, _, rest = key.partition("/")
    if kind == "kata":
        kata = course[rest]
        graph, more = kata_graph_with_names(kata, failed)
        return Target(graph, f"The graph of {kata.title}", more=more)
    if kind not in _KINDS:
        raise NoSheetError(f"a sheet's key begins with one of these: kata, {', '.join(_KINDS)}.")
    return _KINDS[kind](rest)


def _own(text: str) -> Target:
    made = program(text)
    return Target(made.root, f"The gradients of {made.root.label}")


def _drill(text: str) -> Target:
    level, seed, number = (*text.split("/"), "", "")[:3]
    if not (level.isdecimal() and int(level) in LEVELS | ARRAY_LEVELS and number.isdecimal() and len(number) < 4):
        raise NoSheetError("a drill has a level, a seed and a number.")
    rng = random.Random(f"{seed} {level}")  # as `handgrad practice --seed` has it
    for _ in range(int(number) - 1):
        draw_target(rng, int(level))
    asked, more = draw_target(rng, int(level))
    return Target(asked, f"Drill {int(number)}", more=more)


def _challenge(text: str) -> Target:
    _, _, typed = text.partition("/")
    return _own(typed)


def _day(date: str) -> Target:
    rng = random.Random(f"day {date}")
    asked, more = draw_target(rng, rng.choice(LEVELS_OF_A_DAY))
    return Target(asked, f"The graph of {date}", more=more)


def _softmax(way: str) -> Target:
    with manual():
        logits = [Value(number, f"z{i}") for i, number in enumerate(LOGITS)]
        loss = cross_entropy(logits, TARGET, fused=way == "fused")
    loss.label = "loss"
    return Target(loss, "Softmax and cross-entropy, " + ("in one node" if way == "fused" else "step by step"))


_KINDS: dict[str, Callable[[str], Target]] = {
    "lecture": lambda _: lecture(),
    FRONT: lambda _: lecture(),
    "own": _own,
    "drill": _drill,
    "softmax": _softmax,
    "challenge": _challenge,
    "day": _day,
    "file": lambda path: find_target(path, None),
}
