"""The `handgrad` command."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="handgrad")
def main() -> None:
    """Learn, practise and debug backpropagation by hand."""


@main.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    help="The folder to draw into.",
)
def demo(out: Path) -> None:
    """Fill in a small graph with two mistakes, see them in red, and mend them."""
    from .quickstart import main as quickstart

    quickstart(out)
