"""`handgrad site`: the course, or one sheet, for a browser alone; and the files that go between it and this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from handgrad import HandgradError

from ..katas.commands import HandgradUsageError, course_in, course_option, here, kata_command


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--single", is_flag=True, help="One HTML file that opens by a double click, instead of a folder.")
@click.option("--sheet", "target", metavar="TARGET", help="In it only the sheet of a kata, or of a Python file.")
@click.option("--address", default="", help="Where it will be found: links to it then show its picture.")
@click.option("--with-solutions", is_flag=True, help="With --course: the solutions go along, for anybody to read.")
@course_option
@kata_command
def site(
    out: Path, single: bool, target: str | None, address: str, with_solutions: bool, course_folder: Path | None
) -> None:
    """Write the course as web pages, in which Python itself runs. OUT is a folder for any static host.

    It is built with node and npm; where they are not installed, with those of: pip install 'handgrad[site]'
    """
    from .packages import is_fetched
    from .single import write_single
    from .site import write_site

    if target is not None and not single:
        raise HandgradUsageError("--sheet is for one file: handgrad site --single --sheet TARGET OUT.html")
    course = course_in(course_folder)
    has_solutions = with_solutions or course_folder is None
    click.echo("Building." if is_fetched() else "Building; this first time it fetches its parts from npm.", err=True)
    if single:
        from .handout import handout

        size = write_single(
            out, course, None if target is None else handout(target, course), has_solutions=has_solutions
        )
        click.echo(f"{out}: {size / 1e6:.1f} MB. It opens by a double click, without a network.")
    else:
        size = write_site(out, course, f"{address.rstrip('/')}/" if address else "", has_solutions=has_solutions)
        click.echo(f"{out}: {size / 1e6:.1f} MB. Put the folder on any static host, or look at it here:")
        click.echo(f"    {Path(sys.executable).name} -m http.server -d {out}")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@kata_command
def import_progress(file: Path) -> None:
    """Take over what was done elsewhere. FILE is what Export gave in the browser, or handgrad export."""
    from ..katas.workspace.carrying import into_workspace, read

    workspace = here()
    carried = read(file.read_bytes())
    written, kept = into_workspace(workspace, carried)
    click.echo(
        f"{_counted(len(carried.progress.passed), 'kata')} passed, {_counted(len(written), 'answer')} taken over."
    )
    for path in kept:
        click.echo(f"Yours before: {workspace.shown(path)}")
    click.echo("Go on with: handgrad")


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("handgrad-progress.json"))
@kata_command
def export_progress(file: Path) -> None:
    """Write progress and answers to FILE. To go on in the browser: Import is on its page Course."""
    from ..katas.workspace.carrying import from_workspace, write

    try:
        file.write_bytes(write(from_workspace(here())))
    except OSError as error:
        raise HandgradError(f"{file} cannot be written ({error.strerror or error}).") from None
    click.echo(f"Written to {file}.")


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
