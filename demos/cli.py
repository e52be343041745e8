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
GROUPS = {
    "Learn": {
        "start": (".katas.commands:start", "Lay out the katas in DIR, by default handgrad-katas."),
        "watch": (".katas.commands:watch", "Check at every save; keys for hints, the list, the solution."),
        "check": (".katas.check_command:check", "Check katas by name or number; without one, where you are."),
        "list": (".katas.commands:list_katas", "List the katas, or those that match all WORDs."),
        "hint": (".katas.commands:hint", "Show the next hint, from a nudge to almost the answer."),
        "nudge": (".katas.nudging:nudge", "Move NODE a little, and measure what the output does."),
        "solution": (".katas.commands:solution", "Print one possible way, once the kata has passed."),
        "reset": (".katas.commands:reset", "Put a kata's file back as it was."),
        "paper": (".katas.drills.commands:paper", "Derive a line on paper, each step checked."),
        "practice": (".katas.drills.commands:practice", "Drill: the gradients of small random graphs."),
        "review": (".katas.memory.commands:review", "Re-ask what you got wrong, on fresh numbers."),
        "card": (".katas.memory.commands:card", "List the rules that you have earned, a line each."),
        "history": (".katas.memory.commands:history", "List your attempts, the latest last."),
        "import": (".web.command:import_progress", "Take over what was done elsewhere."),
        "export": (".web.command:export_progress", "Write progress and answers to FILE."),
        "doctor": (".doctor:doctor", "Say what is there, what is not, and what to do."),
    },
    "Look": {
        "demo": (".cli:demo", "Two mistakes in a small graph: see them in red, and fix them."),
        "sheet": (".sheet:sheet_command", "Fill gradients in on the graph, in the browser."),
        "walk": (".sheet:walk_command", "Watch a graph's backward pass, one use of a node at a time."),
    },
    "Debug": {
        "debug": (".debugging.command:debug_command", "Find the wrong line in a backward pass of your own."),
        "mcp": (".mcp.command:mcp_command", "Serve handgrad's verdicts to assistants, as tools."),
    },
    "Teach": {
        "new": (".katas.authoring.commands:new", "Make a kata of your own: a whole folder NAME, to write over."),
        "verify": (".katas.authoring.commands:verify", "Check that katas are sound."),
        "handout": (".katas.authoring.commands:handout", "Write what learners get of a COURSE to OUT."),
        "site": (".web.command:site", "Write the course as web pages, in which Python itself runs."),
        "grade": (".grading.command:grade", "Grade a class: DIR has one folder or file a student."),
        "autograder": (".grading.autograder:autograder_command", "Write an autograder for Gradescope."),
    },
}
"""The commands in the order in which one needs them: module and name, loaded when it is called, and summary."""

PLACES = {name: place for rows in GROUPS.values() for name, (place, _) in rows.items()}

SAME = {"practise": "practice"}
"""Other spellings."""


class Commands(click.Group):
    """A group that loads a command when it is asked for."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as click does; what cannot be printed is no verdict."""
        with deliver_output():
            return super().main(*args, **options)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PLACES)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in their groups, without loading one."""
        for group, rows in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(10), summary) for name, (_, summary) in rows.items()])

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
        if cmd_name not in PLACES:
            return None
        module, _, name = PLACES[cmd_name].partition(":")
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


@click.command()
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
