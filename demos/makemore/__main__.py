"""The runner: `python -m handgrad.demos.makemore start` and `python -m handgrad.demos.makemore check`."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import click

from handgrad import viz
from handgrad.viz.text import table

from .checking import PARTS, START, Part, WorksheetError, check, load, training_report
from .exercise import Exercise

DEFAULT = Path("makemore_worksheet.py")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Backpropagate by hand through a whole network, array by array."""


@main.command()
@click.argument("path", type=click.Path(path_type=Path), default=DEFAULT)
def start(path: Path) -> None:
    """Copy the worksheet to PATH; a file that is there already is left as it is.

    A PATH that ends in .ipynb gets the notebook.
    """
    if path.suffix not in (".py", ".ipynb"):
        raise click.ClickException(f"{path} ends neither in .py nor in .ipynb. Write, for example: {START} mine.py")
    text = files(__package__).joinpath(f"worksheet{path.suffix}").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already and was not touched. Name another, or go on.") from None
    if path.suffix == ".ipynb":
        click.echo(f"Written: {path}. Open it in Jupyter; it checks itself, cell by cell.")
    else:
        click.echo(f"Written: {path}. Fill it in, and check with: python -m handgrad.demos.makemore check {path}")


@main.command(name="check")
@click.argument("worksheet", type=click.Path(path_type=Path), default=DEFAULT)
@click.option("--part", "parts", type=click.IntRange(1, 4), multiple=True, help="Only this part; may be repeated.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
@click.option("--steps", type=click.IntRange(1), default=2000, show_default=True, help="How long part 4 trains.")
def check_command(worksheet: Path, parts: tuple[int, ...], out: Path, steps: int) -> None:
    """Say which arrays of WORKSHEET are right so far, and draw those of a part that is not.

    Ends with status 1 while something is wrong or missing.
    """
    all_right = True
    try:
        for part in check(worksheet, Exercise(), parts or (1, 2, 3, 4)):
            click.echo(f"Part {part.number}: {PARTS[part.number]}")
            _report(part, out)
            all_right &= part.is_right
            if part.number == 4 and part.is_right:
                click.echo(training_report(load(worksheet).backward, steps))
            click.echo()
    except WorksheetError as error:
        raise click.ClickException(str(error)) from None
    sys.exit(0 if all_right else 1)


def _report(part: Part, out: Path) -> None:
    if part.problem:
        click.echo(f"  {part.problem}")
    click.echo(table(part.comparison))
    if part.comparison.causes:
        path = viz.save(part.comparison, out / f"makemore_part{part.number}.png")
        click.echo(f"Drawn: {path}")


if __name__ == "__main__":
    main()
