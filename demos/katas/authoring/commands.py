"""The commands of whoever writes katas: new, verify, handout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ...invocation import own_name
from ...usage import say
from ..kata_command import course_in, kata_command, katas_are


@click.command()
@click.argument("name", metavar="NAME")
@kata_command
def new(name: str) -> None:
    """Make a kata of your own: a whole folder NAME, to write over."""
    from .new_kata import make_kata

    folder = make_kata(Path.cwd(), name)
    say(f"A complete kata is in {folder.name}: change it to your own, file by file, then")
    say(f"    {own_name()} verify {folder.name}\nand, for your learners, without the answers:")
    say(f"    {own_name()} handout {folder.name} OUT")


@click.command()
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@kata_command
def verify(folder: Path | None) -> None:
    """Check that katas are sound. Stubs fail, solutions pass, and each wrong answer gets its sentence."""
    from ..judging import isolate

    isolate.run_preloaded(lambda: _verify(folder))


def _verify(folder: Path | None) -> None:
    # Here, as what has been loaded by now sees to it that NumPy, imported here too, comes with one thread.
    from .soundness import problems

    course = course_in(folder)
    count = 0
    for kata in course.katas:
        found = list(problems(kata))
        count += len(found)
        say(f"{kata.name:<24}{'sound' if not found else ''}")
        for problem in found:
            say(f"    {problem}")
    if count:
        command = f"{own_name()} verify" + (f" {folder}" if folder else "")
        say(f"{count} to fix. Then again: {command}")
        sys.exit(1)
    say(f"{katas_are(course)} sound.")


@click.command()
@click.argument("course", metavar="COURSE", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@kata_command
def handout(course: Path, out: Path) -> None:
    """Write what learners get of a COURSE to OUT. These are its katas without solutions and wrong answers."""
    from .handing_out import write_handout

    handed = course_in(course)
    write_handout(out, handed)
    say(f"{katas_are(handed)} in {out}, without the answers. It may be moved, zipped or put into git.")
    say(f"Learners begin with:\n    {own_name()} start DIR --course {out.name or out}")
