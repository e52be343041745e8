"""`handgrad practice --sheet`: the drills drawn, to fill in on the graph, one after the other."""

from __future__ import annotations

import random
from typing import Any

from handgrad import Comparison, compare
from handgrad.viz.sheet import Sheet

from ...usage import say
from .drill import ARRAY_LEVELS, LEVELS, LOOSEST, make_drill


def drill_sheet(rng: random.Random, level: int, number: int = 1) -> Sheet:
    """Return a drill to fill in on the graph, and after it the next."""
    target, more = draw_target(rng, level)
    title = f"Drill {number}: {(LEVELS | ARRAY_LEVELS)[level]}"
    return Sheet(target, title=title, following=lambda: drill_sheet(rng, level, number + 1), more=more)


def draw_target(rng: random.Random, level: int) -> tuple[Comparison, dict[str, Any]]:
    """Return what the next drill asks for, and which names may be typed besides its nodes."""
    if level in LEVELS:
        # What is computed from the six digits on the cards is right.
        return compare(make_drill(rng, level).root, rtol=LOOSEST), {}
    from .array_drill import make_array_drill  # which needs NumPy

    drill = make_array_drill(rng, level)
    return compare(drill.root, nodes=[drill.named[name] for name in (*drill.given, *drill.asked)]), dict(drill.more)


def run_practice_sheet(seed: int, level: int, *, port: int = 0, open_browser: bool = True) -> None:
    """Serve the drills until Ctrl-C; the address is printed first.

    Raises:
        ServerError: the port is taken.
    """
    drill_sheet(random.Random(f"{seed} {level}"), level).serve(port=port, open_browser=open_browser)
    say(f"The same again: handgrad practice --sheet --seed {seed} --level {level}")
