"""`handgrad check`: the verdicts on some katas, in words or as JSON."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import click

from ..invocation import own_name
from ..replies import RIGHT, WRONG, Reply, add_json_option, reply
from .kata_command import (
    HandgradUsageError,
    choose_kata,
    find_workspace,
    kata_command,
    load_progress,
    timeout_option,
)

if TYPE_CHECKING:
    from rich.console import Console

    from .course import Kata
    from .judging.verdict import Verdict
    from .workspace.workspace import Workspace

MANY = 8
"""Of a kata that asks for so many gradients, a check says how to go on step by step."""


@click.command()
@click.argument("names", metavar="[KATA]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Check every kata.")
@click.option("--upto", metavar="NAME", help="Of one kata, the gradients up to that of NAME: dh, say.")
@timeout_option
@add_json_option("check")
@kata_command
def check(names: tuple[str, ...], everything: bool, upto: str | None, timeout: float, as_json: bool) -> Reply | None:
    """Check katas by name or number; without one, where you are. Exit status 0 only where all of them pass."""
    workspace = find_workspace()
    load_progress(workspace)
    if everything:
        katas = list(workspace.course.katas)
    else:
        katas = [workspace.course[name] for name in names] or [choose_kata(workspace, None)]
    if upto is not None:
        from .graphs import find_asked

        if len(katas) > 1:
            raise HandgradUsageError("--upto is for one kata at a time.")
        upto, _ = find_asked(katas[0], upto)
    if as_json:
        return _check_and_reply(workspace, katas, timeout, upto or "")
    sys.exit(0 if check_and_print(workspace, katas, timeout, upto or "") else 1)


def _check_and_reply(workspace: Workspace, katas: list[Kata], timeout: float, upto: str) -> Reply:
    from .judging import isolate
    from .workspace.checks import check as check_kata

    if len(katas) > 1:
        isolate.load()
    found = [check_kata(workspace, kata, timeout, isolate.run, draw=len(katas) <= 3, upto=upto) for kata in katas]
    results = [
        {"belt": kata.belt, "file": kata.file_place, "ok": verdict.ok, **verdict.to_dict()}
        for kata, verdict in zip(katas, found)
    ]
    return reply("check", RIGHT if all(found) else WRONG, results)


def check_and_print(workspace: Workspace, katas: list[Kata], timeout: float, upto: str = "") -> bool:
    """Check katas and print the verdicts; return whether all pass."""
    from .judging import isolate
    from .workspace.checks import check as check_kata

    if len(katas) > 1:
        isolate.load()
    run = functools.partial(isolate.run, meanwhile=_load_views)
    passed = []
    for kata in katas:
        found = check_kata(workspace, kata, timeout, run, draw=len(katas) <= 3, upto=upto)
        views = _load_views()
        out = views.console()
        passed.append(found.ok)
        if len(katas) > 3:
            out.print(f"{kata.name:<24}{'passed' if found.ok else found.status}", style="green" if found.ok else "")
            continue
        out.print(views.heading(kata, workspace.course))
        if upto and found.ok:
            return _print_next_array(out, kata, upto)
        for line in views.verdict(workspace, kata, found, out.width):
            out.print(line)
        out.print()
        if not found.ok:
            out.print(f"Edit:    {kata.file_place}")
            out.print(f"A hint:  {own_name()} hint {kata.name}")
            if "nudge test" in found.message:
                out.print(f"A nudge: {own_name()} nudge NODE {kata.name}")
            again = f"{own_name()} check {kata.name}"
            out.print(f"Again:   {again} --upto {upto}" if upto else f"Again:   {again}")
            following = "" if upto or found.part[0] else _next_of_many(found)
            if following:
                out.print(f"A step:  {again} --upto {following}")
        if len(katas) > 1:
            out.print()
    if len(katas) > 1:
        out.print(f"{sum(passed)} of {len(katas)} pass.")
    if all(passed):
        _print_next(out, workspace, katas[-1])
    elif len(katas) > 3:
        out.print(f"Next: {own_name()} check {katas[passed.index(False)].name}")
    return all(passed)


def _next_of_many(found: Verdict) -> str:
    """Return which gradient is next, where a kata asks for many; "" otherwise."""
    counts = found.comparison["counts"] if found.comparison else {}
    asked = sum(count for status, count in counts.items() if status != "skipped")
    return found.first_missing if asked >= MANY else ""


def _print_next_array(out: Console, kata: Kata, upto: str) -> bool:
    from .graphs import find_asked

    _, names = find_asked(kata, upto)
    done, again = names.index(upto) + 1, f"{own_name()} check {kata.name}"
    out.print(f"Right up to {upto}: {done} of {len(names)}.", style="green")
    out.print()
    out.print(f"Next: {names[done]}. Then: {again} --upto {names[done]}" if done < len(names) else f"Now: {again}")
    return True


def _load_views() -> Any:
    """Import what prints verdicts: slow, and the answer's own process needs the time too."""
    from .terminal import views

    return views


def _print_next(out: Console, workspace: Workspace, kata: Kata) -> None:
    following = workspace.next_kata(kata, load_progress(workspace))
    name = own_name()
    if kata.has_solution:
        copy = workspace.folder / "solutions" / kata.file_name
        also = f" (also in solutions/{kata.file_name})" if copy.is_file() else ""
        out.print(f"Another way, for comparison: {name} solution {kata.name}{also}")
    if following is None:
        out.print(f"Every kata has passed. Keep in shape with: {name} practice")
    else:
        out.print(f"Next:  edit {following.file_place}, then: {name} check {following.name}")
