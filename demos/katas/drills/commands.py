"""The commands of the drills: paper and practice."""

from __future__ import annotations

import random

import click

from ..kata_command import HandgradUsageError, find_workspace, kata_command


@click.command()
@click.argument("name", metavar="KATA")
@kata_command
def paper(name: str) -> None:
    """Derive a line on paper, each step checked. For the katas in closed form, such as batchnorm_one_go."""
    from .on_paper import run_paper

    course = find_workspace().course
    run_paper(course[name], course)


@click.command()
@click.option("--seed", type=int, help="The same seed gives the same drill.")
@click.option("--level", type=click.IntRange(1, 11), help="1 to 4 numbers, 5 to 11 arrays.  [default: 1]")
@click.option("--shapes", "is_of_shapes", is_flag=True, help="Only the shapes of arrays, and what is summed over.")
@click.option("--missed", "is_of_missed", is_flag=True, help="What went wrong in your katas, on fresh numbers.")
@click.option("--sheet", "is_sheet", is_flag=True, help="On the graph, in the browser.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="With --sheet: a port of your choice.")
@click.option("--no-open", "is_opened", flag_value=False, default=True, help="With --sheet: only print the address.")
@kata_command
def practice(
    seed: int | None,
    level: int | None,
    is_of_shapes: bool,
    is_of_missed: bool,
    is_sheet: bool,
    port: int,
    is_opened: bool,
) -> None:
    """Drill: the gradients of small random graphs. One at a time, until you type q; with --sheet a graph at a time."""
    if seed is None:
        seed = random.randrange(10_000)
    if is_of_missed:
        from ..memory.missed import run_missed

        run_missed(find_workspace(), seed)
    elif is_of_shapes:
        from .practice import SHAPE_LEVELS, run_shapes

        if level is not None and level not in SHAPE_LEVELS:
            raise HandgradUsageError(f"--shapes has the levels {SHAPE_LEVELS[0]} to {SHAPE_LEVELS[-1]}.")
        run_shapes(seed, level)
    elif is_sheet:
        from .on_sheet import run_practice_sheet

        run_practice_sheet(seed, level or 1, port=port, open_browser=is_opened)
    else:
        from .practice import run_practice

        run_practice(seed, level or 1)
