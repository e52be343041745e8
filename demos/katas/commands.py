"""The commands of the katas: start, watch, check, list, hint, solution, reset, practice."""

from __future__ import annotations

import functools
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handgrad import HandgradError

from ..invocation import own_name
from ..replies import RIGHT, WRONG, Reply, add_json_option, reply
from ..usage import UnusableError, say

if TYPE_CHECKING:
    from rich.console import Console

    from .course import Course, Kata
    from .judging.verdict import Verdict
    from .workspace.workspace import Workspace

MANY = 8
"""Of a kata that asks for so many gradients, a check says how to go on step by step."""
SECONDS = click.FloatRange(0.5, 3600)
timeout_option = click.option(
    "--timeout", type=SECONDS, default=10.0, show_default=True, help="Seconds of work that one run may take."
)
course_option = click.option(
    "--course",
    "course_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another course, or a single kata, such as `handgrad new` makes.",
)


class HandgradUsageError(UnusableError):
    """An error of handgrad's own, told as one of use."""


def kata_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command whose expected errors are reported in a sentence."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except HandgradError as error:
            raise HandgradUsageError(str(error)) from None
        except OSError as error:
            if error.filename is None or error.strerror is None:
                raise
            if isinstance(error, FileNotFoundError):
                raise HandgradUsageError(f"{error.filename} is needed here, but does not exist.") from None
            raise HandgradUsageError(
                f"{error.filename} cannot be used ({error.strerror}). May you read and write there, and is there room?"
            ) from None

    return call


def find_workspace() -> Workspace:
    """Return the workspace of the current folder; report folders that were moved."""
    from .workspace.workspace import Workspace

    workspace = Workspace.find(Path.cwd())
    _say_moved(workspace, workspace.renumber())
    return workspace


def _say_moved(workspace: Workspace, moved: str) -> None:
    if moved:
        say(moved, err=True)
        try:
            Path.cwd()
        except FileNotFoundError:  # it was merged into another
            os.chdir(workspace.folder)


def choose_kata(workspace: Workspace, name: str | None) -> Kata:
    """Return the named kata, else the current folder's, else the one to work on."""
    if name:
        return workspace.course[name]
    return workspace.kata_at(Path.cwd()) or workspace.current(load_progress(workspace))


def load_progress(workspace: Workspace) -> Any:
    """Return the progress; where a damaged file was set aside, say so."""
    progress = workspace.progress_file.load()
    aside = workspace.progress_file.set_aside
    if aside is not None:
        say(
            f"The progress file was damaged; it is kept as {workspace.show_path(aside)}. "
            f"Your own files are untouched: {own_name()} check --all finds out again what passes.",
            err=True,
        )
        workspace.progress_file.set_aside = None
    return progress


def course_in(folder: Path | None) -> Course:
    """Return the course in a folder, which may be a single kata; the package's own by default."""
    from .course import Course

    return Course() if folder is None else Course(folder.resolve())


def katas_are(course: Course) -> str:
    count = len(course.katas)
    return "1 kata is" if count == 1 else f"{count} katas are"


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
    _say_moved(workspace, layout.moved)
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
        is_passed = _check_and_print(workspace, [choose_kata(workspace, None)], timeout)
        say(f"\nNot a terminal, so this was one check. In a terminal, {own_name()} watch checks at every save.")
        sys.exit(0 if is_passed else 1)
    from .terminal.session import run_watch

    run_watch(workspace, timeout)


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
    sys.exit(0 if _check_and_print(workspace, katas, timeout, upto or "") else 1)


def _check_and_reply(workspace: Workspace, katas: list[Kata], timeout: float, upto: str) -> Reply:
    from .judging import isolate
    from .workspace.checks import check as check_kata

    if len(katas) > 1:
        isolate.load()
    found = [check_kata(workspace, kata, timeout, isolate.run, draw=len(katas) <= 3, upto=upto) for kata in katas]
    results = [
        {"belt": kata.belt, "file": f"{kata.place}/{kata.file_name}", "ok": verdict.ok, **verdict.to_dict()}
        for kata, verdict in zip(katas, found)
    ]
    return reply("check", RIGHT if all(found) else WRONG, results)


def _check_and_print(workspace: Workspace, katas: list[Kata], timeout: float, upto: str = "") -> bool:
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
            out.print(f"Edit:    {kata.place}/{kata.file_name}")
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
        out.print(f"Next:  edit {following.place}/{following.file_name}, then: {name} check {following.name}")


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
        "file": f"{kata.place}/{kata.file_name}",
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
        say(f"Your version is back in {kata.place}/{kata.file_name}, from {workspace.show_path(back)}{passed}.")
        return
    kept = workspace.reset(kata)
    say(f"{kata.place}/{kata.file_name} is as it was at the start.")
    if kept is not None:
        say(f"Your version: {workspace.show_path(kept)}; to have it back: {own_name()} reset {kata.name} --undo")
    say(f"Then: {own_name()} check {kata.name}")


@click.command()
@click.argument("name", metavar="KATA")
@kata_command
def paper(name: str) -> None:
    """Derive a line on paper, each step checked. For the katas in closed form, such as batchnorm_one_go."""
    from .drills.paper import run_paper

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
        from .memory.missed import run_missed

        run_missed(find_workspace(), seed)
    elif is_of_shapes:
        from .drills.practice import SHAPE_LEVELS, run_shapes

        if level is not None and level not in SHAPE_LEVELS:
            raise HandgradUsageError(f"shapes are asked on the levels {SHAPE_LEVELS[0]} to {SHAPE_LEVELS[-1]}.")
        run_shapes(seed, level)
    elif is_sheet:
        from .drills.on_sheet import run_practice_sheet

        run_practice_sheet(seed, level or 1, port=port, open_browser=is_opened)
    else:
        from .drills.practice import run_practice

        run_practice(seed, level or 1)
