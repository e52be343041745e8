"""A kata asked again: its graph on fresh numbers, a part of it, or its solution with a mistake to be found."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence

from handgrad import HandgradError

from ..course import Kata
from ..drills.asking import Task
from ..drills.number_task import NumberTask
from .boxes import Item
from .fresh_drills import fresh_drill
from .kata_parts import part_task
from .wrong_line import line_task


def fresh_task(kata: Kata, rng: random.Random, wrong: Collection[str] = ()) -> Task | None:
    """Return what to ask about a kata; None where it is all a program to be written.

    Args:
        wrong: the names of nodes that were wrong: of a large graph a part with those.
    """
    drill = fresh_drill(kata, rng)
    if drill is not None:
        return NumberTask(drill)
    try:
        return part_task(kata, rng, wrong) or line_task(kata, rng)
    except HandgradError:  # a kata of somebody's own, whose tests do something else
        return None


def tasks_of(katas: Sequence[tuple[Kata, Item]], rng: random.Random) -> Iterator[tuple[str, Task]]:
    """Yield tasks of the katas in turn, without end; what cannot be asked is left out."""
    left = list(katas)
    while left:
        for kata, item in list(left):
            task = fresh_task(kata, rng, item.nodes)
            if task is None:
                left.remove((kata, item))
            else:
                yield kata.name, task
