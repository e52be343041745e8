"""`handgrad practice --missed`: the graphs of the katas that went wrong, as often as one likes."""

from __future__ import annotations

import itertools
import random

from ...invocation import own_name
from ...usage import say
from ..drills.asking import drill_on
from ..workspace.workspace import Workspace
from .boxes import list_missed
from .fresh_task import tasks_of


def run_missed(workspace: Workspace, seed: int) -> None:
    """Drill what was got wrong, the latest first, until q; reviews are not affected."""
    known = {kata.name: kata for kata in workspace.course.katas}
    katas = [(known[item.kata], item) for item in list_missed(workspace.history) if item.kata in known]
    tasks = tasks_of(katas, random.Random(seed))
    first = next(tasks, None)
    if first is None:
        what = "programs to write, nothing to ask here" if katas else "nothing so far"
        say(f"What went wrong in your katas: {what}. General drills: {own_name()} practice")
        return
    say(f"What went wrong in your katas, on fresh numbers. Seed {seed}.")
    drill_on(itertools.chain([first], tasks))
