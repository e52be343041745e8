"""The commands, run in this process."""

from click.testing import CliRunner

from handgrad.demos.cli import main


def handgrad(*arguments, **options):
    """What a command gives, as click's result; options are those of click's `invoke`."""
    return CliRunner().invoke(main, list(arguments), **options)
