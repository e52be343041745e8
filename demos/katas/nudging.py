"""The nudge test: move a node of a kata's graph a little, and look at what the output does."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import click

from handgrad import HandgradError

from ..invocation import own_name
from .course import Kata
from .graphs import kata_graph
from .kata_command import choose_kata, find_workspace, kata_command, load_progress
from .workspace.workspace import Workspace

_ENTRY = re.compile(r"(.+)\[([-\d, ]+)\]")


class NoNodeError(HandgradError, LookupError):
    """The graph of a kata has no node of that name, or it cannot be moved."""


class Nudge(NamedTuple):
    """What came of a nudge.

    Attributes:
        text: what moved, and how far, in a sentence.
        is_asked: whether the slope is one that the kata asks for.
    """

    text: str
    is_asked: bool


def nudge_node(kata: Kata, name: str, failed: Mapping[str, Any] | None = None) -> Nudge:
    """Move a node a little, and measure what the output of the graph does.

    Args:
        name: the node's, as the table has it; an entry of an array as "W[0, 1]", its first by default.
        failed: the comparison of a check that did not pass: then the graph with its numbers.

    Raises:
        NoGraphError: the kata's tests judge no graph.
        NoNodeError: there is no such node, or it cannot be moved.
    """
    from handgrad.viz.sheet import Sheet  # which a session without it need not wait for

    sheet = Sheet(kata_graph(kata, failed))
    message = {"do": "nudge", "node": name}
    entry = _ENTRY.fullmatch(name)
    if name not in sheet.by_id and entry and entry[1] in sheet.by_id:
        message = {"do": "nudge", "node": entry[1], "at": entry[2]}
    if message["node"] not in sheet.by_id:
        near = difflib.get_close_matches(name, sheet.by_id, 1)
        meant = f"Did you mean {near[0]}?" if near else f"It has {', '.join(list(sheet.nodes)[:8])}."
        raise NoNodeError(f"the graph of {kata.name} has no node {name!r}. {meant}")
    reply = sheet.handle(message)
    if "say" not in reply:
        raise NoNodeError(str(reply["message"]))
    return Nudge(reply["say"], message["node"] in sheet.nodes)


def report(workspace: Workspace, kata: Kata, name: str, failed: Mapping[str, Any] | None) -> str:
    """Return what came of a nudge, and whether it counts as a hint.

    Raises:
        NoGraphError, NoNodeError: as of `nudge_node`.
    """
    found = nudge_node(kata, name, failed)
    progress = workspace.progress_file.load()
    had = progress.hints.get(kata.name, 0)
    if not found.is_asked or kata.name in progress.passed or had >= len(kata.hints):
        return found.text
    return f"{found.text} It counts as a hint: {workspace.open_hint(kata)} of {len(kata.hints)}."


def report_first(workspace: Workspace, kata: Kata, failed: Mapping[str, Any] | None) -> str:
    """Report on the node to fix first, or else to fill in."""
    nodes = failed["nodes"] if failed is not None else []
    in_need = [node["name"] for status in ("wrong", "missing") for node in nodes if node["status"] == status]
    try:
        return report(workspace, kata, in_need[0], failed) if in_need else "There is no gradient to look at yet."
    except (HandgradError, OSError) as error:
        return str(error)


@click.command("nudge")
@click.argument("node", metavar="NODE")
@click.argument("name", metavar="[KATA]", required=False)
@kata_command
def nudge(node: str, name: str | None) -> None:
    """Move NODE a little, and measure what the output does.

    On the numbers of the first test that fails. A slope that the kata asks for counts as a hint.
    """
    from .judging.isolate import run
    from .judging.judge import judge
    from .terminal import views

    workspace = find_workspace()
    load_progress(workspace)
    kata = choose_kata(workspace, name)
    failed = judge(kata, workspace.answer(kata), run=run).comparison
    text = report(workspace, kata, node, failed)
    out = views.console()
    out.print(views.heading(kata, workspace.course))
    out.print(f"\n{text}\n\nThen:  {own_name()} check {kata.name}")
