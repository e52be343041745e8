"""The runner: `python -m handgrad.demos.makemore start` and `python -m handgrad.demos.makemore check`."""

from __future__ import annotations

import click

from ..worksheets.command import commands
from .checking import COURSE


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Backpropagate by hand through a whole network, array by array."""


for command in commands(COURSE):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m handgrad.demos.makemore")
