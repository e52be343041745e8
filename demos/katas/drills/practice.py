"""`handgrad practice`: one gradient after another, typed in and judged."""

from __future__ import annotations

import itertools
import random

import click

from .asking import Task, drill_on
from .drill import ARRAY_LEVELS, LEVELS, make_drill
from .number_task import NumberTask

ALL_LEVELS = LEVELS | ARRAY_LEVELS
SHAPE_LEVELS = (5, 6, 7, 8, 9)
"""The levels of which shapes alone are asked."""


def run_practice(seed: int, level: int) -> None:
    """Drill until q, Ctrl-C or the end of the input, then print the score."""
    rng = random.Random(f"{seed} {level}")  # a text seed is the same in every Python
    click.echo(f"Level {level}: {ALL_LEVELS[level]}. Seed {seed}.")
    drill_on(("", make_task(rng, level)) for _ in itertools.count())
    click.echo(f"The same again: handgrad practice --seed {seed} --level {level}")


def run_shapes(seed: int, level: int | None) -> None:
    """Ask for shapes alone, of one level or of all in turn."""
    from .array_drill import make_array_drill
    from .shape_task import ShapeTask

    rng = random.Random(f"{seed} {level} shapes")
    levels = itertools.cycle(SHAPE_LEVELS if level is None else (level,))
    click.echo(f"Shapes alone{'' if level is None else f', level {level}: {ALL_LEVELS[level]}'}. Seed {seed}.")
    drill_on(("", ShapeTask(make_array_drill(rng, each))) for each in levels)
    again = "" if level is None else f" --level {level}"
    click.echo(f"The same again: handgrad practice --shapes --seed {seed}{again}")


def make_task(rng: random.Random, level: int) -> Task:
    """Return the next drill of a level (a key of `ALL_LEVELS`), to be asked."""
    if level in LEVELS:
        return NumberTask(make_drill(rng, level))
    from .array_drill import make_array_drill  # which needs NumPy
    from .array_task import ArrayTask

    return ArrayTask(make_array_drill(rng, level))
