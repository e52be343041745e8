"""The commands of the katas: start, watch, list, hint, solution, reset. Those of a room of its own are there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..invocation import own_name
from ..replies import RIGHT, Reply, add_json_option, reply
from ..usage import say
from .check_command import check_and_print
from .kata_command import (
    HandgradUsageError,
    choose_kata,
    course_in,
    course_option,
    find_workspace,
    kata_command,
    katas_are,
    load_progress,
    say_moved,
    timeout_option,
)

if TYPE_CHECKING:
    from .course import Kata


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@course_option
@kata_command
def start(folder: Path | None, course_folder: Path | None) -> None:
    """Lay out the katas in DIR, by default handgrad-katas. Never changes a file that is there."""
    from .workspace.workspace import FOLDER, NoWorkspaceError, Workspace
    from .workspace.workspace import start as lay_out

    if folder is None:
        try:
            folder = Workspace.find(Path.cwd()).folder
        except NoWorkspaceError:
            folder = Path(FOLDER)
    before = Workspace(folder)
    is_new = not before.is_there
    course = course_in(course_folder) if is_new or course_folder is not None else before.course
    workspace, layout = lay_out(folder, course)
    where = str(folder)
    say_moved(workspace, layout.moved)
    if is_new:
        place = "this folder" if Path.cwd().resolve() == workspace.folder else where
        say(f"Welcome. {katas_are(course)} in {place}.")
        say("You fill in gradients, and handgrad says which are right; README.md there explains how.")
    elif not layout.added:
        say(f"Nothing was missing in {where}.")
    else:
        say(f"Added to {where}, where it was missing:")
        for path in layout.added:
            say(f"    {path}")
    if layout.edited:
        count = len(layout.edited)
        say("1 file of yours is kept as it is." if count == 1 else f"{count} files of yours are kept as they are.")
    load_progress(workspace)
    if Path.cwd().resolve() != workspace.folder:
        quoted = f'"{where}"' if " " in where else where
        say(f"Go on with:\n    cd {quoted}\n    {own_name()}")
    else:
        say(f"Go on with: {own_name()}")


@click.command()
@timeout_option
@kata_command
def watch(timeout: float) -> None:
    """Check at every save; keys for hints, the list, the solution."""
    workspace = find_workspace()
    load_progress(workspace)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        is_passed = check_and_print(workspace, [choose_kata(workspace, None)], timeout)
        say(f"\nNot a terminal, so this was one check. In a terminal, {own_name()} watch checks at every save.")
        sys.exit(0 if is_passed else 1)
    from .terminal.session import run_watch

    run_watch(workspace, timeout)


@click.command("list")
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option("--done", "state", flag_value="done", help="Only those that have passed.")
@click.option("--pending", "state", flag_value="pending", help="Only those that have not.")
@add_json_option("list")
@kata_command
def list_katas(words: tuple[str, ...], state: str | None, as_json: bool) -> Reply | None:
    """List the katas, or those that match all WORDs. Name, title and belt are looked at, then the tasks."""
    from .terminal import views
    from .terminal.picking import filter_katas, mentioning

    workspace = find_workspace()
    progress = load_progress(workspace)
    course, out = workspace.course, views.console()
    katas = filter_katas(course.katas, progress, " ".join(words), state or "all")
    others = mentioning(course.katas, progress, " ".join(words), state or "all") if words else []
    if as_json:
        here_now = workspace.current(progress)
        return reply("list", RIGHT, [_describe_kata(kata, progress, kata == here_now) for kata in [*katas, *others]])
    katas, others = (katas, others) if katas else (others, [])
    if not katas:
        out.print(f"No kata matches. All of them: {own_name()} list")
        return None
    for line in views.listing(course, progress, katas, workspace.current(progress), out.width):
        out.print(line, no_wrap=True, crop=False)
    out.print()
    done = sum(kata.name in progress.passed for kata in course.katas)
    out.print(views.progress_bar(done, len(course.katas), out.width, encoding=out.encoding))
    if others:
        out.print(f"In the task of {', '.join(kata.name for kata in others)}, too.")
    return None


def _describe_kata(kata: Kata, progress: Any, is_current: bool) -> dict[str, Any]:
    return {
        "kata": kata.name,
        "title": kata.title,
        "belt": kata.belt,
        "file": kata.file_place,
        "passed": kata.name in progress.passed,
        "is_current": is_current,
    }


@click.command()
@click.argument("name", metavar="[KATA]", required=False)
@kata_command
def hint(name: str | None) -> None:
    """Show the next hint, from a nudge to almost the answer. After a failed check it opens with what that found."""
    from .hinting import last_failed
    from .terminal import views

    workspace = find_workspace()
    load_progress(workspace)
    kata = choose_kata(workspace, name)
    out = views.console()
    had = workspace.progress_file.load().hints.get(kata.name, 0)
    count = workspace.open_hint(kata)
    out.print(views.heading(kata, workspace.course))
    out.print()
    for line in views.hints(workspace.course, kata, count, last_failed(workspace.history, kata)):
        out.print(line)
    out.print()
    if count < len(kata.hints):
        out.print(f"Then:           {own_name()} check {kata.name}")
        out.print(f"One more hint:  {own_name()} hint {kata.name}")
    elif had < count:
        out.print(f"That was the last hint. Then:  {own_name()} check {kata.name}")
    else:
        out.print(views.no_more_hints(kata))


@click.command()
@click.argument("name", metavar="KATA")
@click.option("--peek", is_flag=True, help="Before it passes.")
@kata_command
def solution(name: str, peek: bool) -> None:
    """Print one possible way, once the kata has passed."""
    workspace = find_workspace()
    kata = workspace.course[name]
    if not kata.has_solution:
        raise HandgradUsageError(kata.no_solution)
    if not peek and kata.name not in load_progress(workspace).passed:
        raise HandgradUsageError(
            f"{kata.name} has not passed yet. Try a hint: {own_name()} hint {kata.name}; or look anyway: "
            f"{own_name()} solution {kata.name} --peek"
        )
    from .terminal.narrow import narrow

    text = kata.solution.read_text(encoding="utf-8")
    if not sys.stdout.isatty():
        click.echo(narrow(text), nl=False)
        return
    from rich.syntax import Syntax

    from .terminal import views

    out = views.console()
    out.print(
        Syntax(narrow(text, out.width - 1), "python", theme="ansi_light", background_color="default", word_wrap=True)
    )


@click.command()
@click.argument("name", metavar="KATA")
@click.option("--undo", is_flag=True, help="Restore the version that the last reset saved.")
@kata_command
def reset(name: str, undo: bool) -> None:
    """Put a kata's file back as it was. Your version is kept beside it."""
    workspace = find_workspace()
    load_progress(workspace)
    kata = workspace.course[name]
    if undo:
        back = workspace.undo_reset(kata)
        if back is None:
            raise HandgradUsageError(
                f"there is no reset of {kata.name} to undo: its file was changed since, or never reset."
            )
        passed = ", and so is its pass" if kata.name in load_progress(workspace).passed else ""
        say(f"Your version is back in {kata.file_place}, from {workspace.show_path(back)}{passed}.")
        return
    kept = workspace.reset(kata)
    say(f"{kata.file_place} is as it was at the start.")
    if kept is not None:
        say(f"Your version: {workspace.show_path(kept)}; to have it back: {own_name()} reset {kata.name} --undo")
    say(f"Then: {own_name()} check {kata.name}")
