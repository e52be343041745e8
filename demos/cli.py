"""The `handgrad` command."""

from __future__ import annotations

import difflib
import io
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from .invocation import own_name
from .streams import deliver_output
from .usage import UnusableError, fit, say

GREETING = """\
handgrad: learn, practise and debug backpropagation by hand.

This folder holds no katas yet. Two ways to begin:

    {start}    lays the course out in a folder of its own
    {demo}     shows a wrong gradient found, in a second

All commands: {help}"""

ROOM = __package__
COMMANDS = {
    "start": ".katas.commands:start",
    "watch": ".katas.commands:watch",
    "check": ".katas.commands:check",
    "list": ".katas.commands:list_katas",
    "hint": ".katas.commands:hint",
    "nudge": ".katas.nudging:nudge",
    "solution": ".katas.commands:solution",
    "reset": ".katas.commands:reset",
    "practice": ".katas.commands:practice",
    "review": ".katas.memory.commands:review",
    "card": ".katas.memory.commands:card",
    "history": ".katas.memory.commands:history",
    "new": ".katas.authoring.commands:new",
    "verify": ".katas.authoring.commands:verify",
    "handout": ".katas.authoring.commands:handout",
    "sheet": ".sheet:sheet_command",
    "walk": ".sheet:walk_command",
    "site": ".web.command:site",
    "import": ".web.command:import_progress",
    "export": ".web.command:export_progress",
    "debug": ".debug:debug_command",
    "grade": ".grading.command:grade",
    "autograder": ".grading.autograder:autograder_command",
    "mcp": ".mcp.command:mcp_command",
}
"""In the order in which one needs them, as module and name: a command loads what it needs, and no other's."""

SAME = {"practise": "practice"}
"""Other spellings."""


class Commands(click.Group):
    """A group that loads a command when it is asked for."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as click does; what cannot be printed is no verdict."""
        with deliver_output():
            return super().main(*args, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *COMMANDS]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve as click does, and suggest what may have been meant."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.list_commands(ctx), cutoff=0.6)
            meant = f" Did you mean {' or '.join(near)}?" if near else f" All commands: {own_name()} --help"
            ctx.fail(f"There is no command '{name}'.{meant}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke as click does; wrap what it says of a wrong call."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            said = fit(f"Error: {error.format_message()}").removeprefix("Error: ")
            raise click.UsageError(said, error.ctx) from None

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cmd_name = SAME.get(cmd_name, cmd_name)
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module, ROOM), name)
        return found


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="handgrad")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn, practise and debug backpropagation by hand.

    `handgrad` alone begins the course, or goes on with it: in an empty folder it lays the katas out, inside a folder of
    katas it is `handgrad watch`.
    """
    _spare_the_console()
    if ctx.invoked_subcommand is not None:
        return
    from .katas.workspace.workspace import NoWorkspaceError, Workspace

    try:
        Workspace.find(Path.cwd())
    except NoWorkspaceError as error:
        name = own_name()
        if error.is_beside:
            raise UnusableError(f"{error}, then {name}") from None
        from .katas.beginning import begin

        if not begin():
            say(GREETING.format(start=f"{name} start", demo=f"{name} demo", help=f"{name} --help"))
    else:
        from .katas.commands import watch

        ctx.invoke(watch)


def _spare_the_console() -> None:
    """Make a console show "?" for a letter it cannot show, which is no crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@main.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    help="The folder to draw into.",
)
def demo(out: Path) -> None:
    """Two mistakes in a small graph: see them in red, and fix them."""
    from handgrad import HandgradError

    from .quickstart import main as quickstart

    try:
        quickstart(out)
    except HandgradError as error:
        raise UnusableError(str(error)) from None


def command_names() -> list[str]:
    """Return the names of the commands, in the order of the help."""
    return main.list_commands(click.Context(main))
