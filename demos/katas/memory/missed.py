"""`handgrad practice --missed`: the graphs of the katas that went wrong, on fresh numbers, as often as one likes."""

from __future__ import annotations

import itertools
import random

from ...invocation import own_name
from ...usage import say
from ..drills.asking import drill_on
from ..drills.number_task import NumberTask
from ..workspace.workspace import Workspace
from .boxes import list_missed
from .fresh_drills import drills_of


def run_missed(workspace: Workspace, seed: int) -> None:
    """Drill what was got wrong, the latest first, until q; reviews are not affected."""
    known = {kata.name: kata for kata in workspace.course.katas}
    katas = [known[name] for name in list_missed(workspace.history) if name in known]
    drills = drills_of(katas, random.Random(seed))
    first = next(drills, None)
    if first is None:
        what = "too large to ask here" if katas else "nothing so far"
        say(f"What went wrong in your katas: {what}. General drills: {own_name()} practice")
        return
    say(f"What went wrong in your katas, on fresh numbers. Seed {seed}.")
    drill_on((origin, NumberTask(drill)) for origin, drill in itertools.chain([first], drills))
