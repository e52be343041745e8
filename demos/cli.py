"""The `handgrad` command."""

from __future__ import annotations

from pathlib import Path

import click

from .debug import debug_command
from .grading.command import grade
from .katas.commands import COMMANDS, watch
from .sheet import COMMANDS as SHEET_COMMANDS
from .web.command import COMMANDS as WEB_COMMANDS


class InOrder(click.Group):
    """Lists its commands as they were added: in the order in which one needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=InOrder, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="handgrad")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn, practise and debug backpropagation by hand.

    Inside a folder of katas, `handgrad` alone is `handgrad watch`.
    """
    if ctx.invoked_subcommand is not None:
        return
    from .katas.workspace.workspace import NoWorkspaceError, Workspace

    try:
        Workspace.find(Path.cwd())
    except NoWorkspaceError:
        click.echo(ctx.get_help())
        click.echo("\nThis folder holds no katas yet. Begin with: handgrad start")
    else:
        ctx.invoke(watch, timeout=10.0)


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


for command in (*COMMANDS, *SHEET_COMMANDS, *WEB_COMMANDS):
    main.add_command(command)
main.add_command(debug_command)
main.add_command(grade)
