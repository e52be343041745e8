"""The commands of what was done: review, card, history."""

from __future__ import annotations

import random
import time

import click

from ...invocation import own_name
from ...usage import say
from ..kata_command import find_workspace, kata_command, load_progress


@click.command()
@click.argument("names", metavar="[KATA]...", nargs=-1)
@click.option("--seed", type=int, help="The same seed gives the same numbers.")
@kata_command
def review(names: tuple[str, ...], seed: int | None) -> None:
    """Re-ask what you got wrong, on fresh numbers. It is asked after a day, three, ten. With KATAs, ask those now."""
    from .review import run_review

    run_review(find_workspace(), names, random.randrange(10_000) if seed is None else seed)


@click.command()
@kata_command
def card() -> None:
    """List the rules that you have earned, a line each."""
    from ..terminal.views import console
    from .card import card as lines_of

    workspace = find_workspace()
    rows = list(lines_of(workspace.course, load_progress(workspace).passed))
    if not rows:
        say(f"The card is empty yet: each rule comes on it once its kata has passed. Begin with: {own_name()}")
        return
    out = console()
    widest = max(len(written) for written, _ in rows)
    for written, rule in rows:
        out.print(
            f"y = {written:<{widest}}   {rule}" if rule.startswith("dy/") else f"    {written:<{widest}}   {rule}"
        )


@click.command()
@click.argument("name", metavar="[KATA]", required=False)
@kata_command
def history(name: str | None) -> None:
    """List your attempts, the latest last. Those of one KATA, or of all."""
    from ..drills.asking import wrap

    workspace = find_workspace()
    kata = workspace.course[name].name if name else None
    attempts = [attempt for attempt in workspace.history if kata in (None, attempt.kata)]
    if not attempts:
        say("Nothing has been checked yet." if kata is None else f"{kata} has not been checked yet.")
    for attempt in attempts:
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(attempt.when))
        what = f"{attempt.status}: {', '.join(attempt.slips)}" if attempt.slips else attempt.status
        say(f"{day}  {attempt.kata:<20} {what}")
        if attempt.why:
            click.echo(wrap(attempt.why, "    "))
