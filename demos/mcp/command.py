"""The command `handgrad mcp`."""

from __future__ import annotations

import importlib.util

import click

from ..katas.kata_command import HandgradUsageError


@click.command("mcp")
def mcp_command() -> None:
    """Serve handgrad's verdicts to assistants, as tools.

    It speaks the Model Context Protocol on standard input and output. The tools are check_backward, compare and
    explain. Their answers are computed: an assistant that asks is held to a verdict it cannot talk itself out of.
    """
    if importlib.util.find_spec("mcp") is None:
        raise HandgradUsageError("this needs the protocol's own package: pip install mcp")
    from .server import server

    server().run("stdio")
