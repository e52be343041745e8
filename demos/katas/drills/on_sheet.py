"""`handgrad practice --sheet`: the drills drawn, to fill in on the graph, one after the other."""

from __future__ import annotations

import random

from handgrad import compare
from handgrad.viz.sheet import Sheet

from ...usage import say
from .drill import LEVELS, LOOSEST, make_drill


def drill_sheet(rng: random.Random, level: int, number: int = 1) -> Sheet:
    """Return a drill to fill in on the graph, and after it the next."""
    drill = make_drill(rng, level)
    # What is worked out from the six digits on the cards is right.
    asked = compare(drill.root, rtol=LOOSEST)
    title = f"Drill {number}: {LEVELS[level]}"
    return Sheet(asked, title=title, following=lambda: drill_sheet(rng, level, number + 1))


def run_practice_sheet(seed: int, level: int, *, port: int = 0, open_browser: bool = True) -> None:
    """Serve the drills until Ctrl-C; the address is printed first.

    Raises:
        ServerError: the port is taken.
    """
    drill_sheet(random.Random(f"{seed} {level}"), level).serve(port=port, open_browser=open_browser)
    say(f"The same again: handgrad practice --sheet --seed {seed} --level {level}")
