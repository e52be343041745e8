"""`handgrad review`: what was got wrong, asked again on fresh numbers."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import click

from handgrad import Value
from handgrad.number import show

from ...invocation import own_name
from ...usage import say
from ..course import Kata
from ..drills.asking import Done, ask
from ..drills.drill import Drill
from ..drills.number_task import NumberTask
from ..workspace.workspace import Workspace
from .boxes import A_DAY, DAYS, Item, items
from .fresh_drills import fresh_drill
from .history import RIGHT, WRONG, Attempt


def run_review(workspace: Workspace, names: Sequence[str], seed: int) -> None:
    """Ask what is due, or the named katas, until the end, q or Ctrl-C.

    Raises:
        KataNotFoundError: there is no kata of a name.
    """
    waiting = {item.kata: item for item in items(workspace.history)}
    now = time.time()
    if names:
        katas = [workspace.course[name] for name in names]
    else:
        known = {kata.name: kata for kata in workspace.course.katas}
        katas = [known[name] for name, item in waiting.items() if item.due <= now and name in known]
    if not katas:
        say(_nothing(list(waiting.values()), now))
        return
    rng = random.Random(seed)
    again = []
    try:
        for place, kata in enumerate(katas, 1):
            drill = fresh_drill(kata, rng)
            if drill is None:
                again.append(kata)
                continue
            click.secho(f"{place} of {len(katas)}: {kata.name}  {kata.title}", bold=True)
            is_right = _ask_what_was_wrong(drill, waiting.get(kata.name))
            workspace.history.add(Attempt(time.time(), kata.name, RIGHT if is_right else WRONG))
            say(f"    {_next_time(workspace, kata)}\n")
    except Done:
        say("\nWhat was answered is kept.")
        return
    for kata in again:
        say(f"{kata.name} is too large to ask here. Write it once more, from the start:")
        say(f"    {own_name()} reset {kata.name}")


def _ask_what_was_wrong(drill: Drill, item: Item | None) -> bool:
    """Ask for the nodes that were wrong; for all if none of them is in this graph."""
    task = NumberTask(drill)
    task.show()
    wrong = [node for node in drill.asked if item is not None and node.label in item.nodes] or list(drill.asked)
    all_right = True
    for question in task.questions:
        if question.node in wrong:
            all_right = ask(task, question) and all_right
        else:
            _tell(question.node, task.truth[question.node])
    return all_right


def _tell(node: Value, gradient: float) -> None:
    node.grad = gradient
    say(f"    {node.label}.grad = {show(gradient)}")


def _next_time(workspace: Workspace, kata: Kata) -> str:
    """Return when it is asked next."""
    for item in items(workspace.history):
        if item.kata == kata.name:
            return f"Asked again in {_days(DAYS[item.box])}."
    return "That is known now."


def _nothing(waiting: list[Item], now: float) -> str:
    if not waiting:
        return (
            "There is nothing to review: what you get wrong in a kata is asked again here, a day after it has passed. "
            f"Meanwhile: {own_name()} practice"
        )
    following = waiting[0]
    wait = max(1, round((following.due - now) / A_DAY + 0.5))
    return (
        f"Nothing is due today. Next: {following.kata}, in {_days(wait)}. To be asked now: "
        f"{own_name()} review {following.kata}"
    )


def _days(count: int) -> str:
    return "a day" if count == 1 else f"{count} days"
