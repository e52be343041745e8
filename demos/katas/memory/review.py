"""`handgrad review`: what was got wrong, asked again on fresh numbers."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Sequence

import click

from handgrad.number import show

from ...invocation import own_name
from ...usage import say
from ..course import Kata
from ..drills.asking import Done, Task, ask, introduce
from ..drills.number_task import NumberTask
from ..workspace.workspace import Workspace
from .boxes import A_DAY, DAYS, Item, items
from .fresh_task import fresh_task
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
    rng, said = random.Random(seed), set[str]()
    programs: list[Kata] = []
    try:
        for place, kata in enumerate(katas, 1):
            wrong = waiting[kata.name].nodes if kata.name in waiting else {}
            task = fresh_task(kata, rng, wrong)
            if task is None:
                programs.append(kata)
                continue
            introduce(task, said)
            click.secho(f"{place - len(programs)} of {len(katas)}: {kata.name}  {kata.title}", bold=True)
            is_right = _ask_what_was_wrong(task, wrong)
            workspace.history.add(Attempt(time.time(), kata.name, RIGHT if is_right else WRONG))
            say(f"    {_next_time(workspace, kata, is_right=is_right)}\n")
    except Done:
        say("\nWhat was answered is kept.")
        return
    for kata in programs:
        say(f"{kata.name} is a program to write, with nothing to ask here. To write it once more:")
        say(f"    {own_name()} reset {kata.name}")
        say(f"Your version comes back with its pass: {own_name()} reset {kata.name} --undo")


def _ask_what_was_wrong(task: Task, wrong: Collection[str]) -> bool:
    """Ask for the nodes that were wrong; for all if none of them is in this graph."""
    task.show()
    all_right = True
    if not isinstance(task, NumberTask):
        for question in task.questions:
            all_right = ask(task, question) and all_right
        return all_right
    asked = [node for node in task.drill.asked if node.label in wrong] or list(task.drill.asked)
    for number in task.questions:
        if number.node in asked:
            all_right = ask(task, number) and all_right
        else:
            number.node.grad = task.truth[number.node]
            say(f"    {number.node.label}.grad = {show(number.node.grad)}")
    return all_right


def _next_time(workspace: Workspace, kata: Kata, *, is_right: bool) -> str:
    """Return when it is asked next."""
    for item in items(workspace.history):
        if item.kata == kata.name:
            return f"Asked again in {_days(DAYS[item.box])}."
    return "That is known now." if is_right else f"Once more: {own_name()} review {kata.name}"


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
