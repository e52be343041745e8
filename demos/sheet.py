"""`handgrad sheet` and `handgrad walk`: a graph to fill in, or to watch the backward pass on."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from handgrad import Comparison, HandgradError, Value, label, manual
from handgrad.graph import topological_order
from handgrad.names import listed

from .invocation import own_name
from .loading import run
from .usage import WIDTH, UnusableError

if TYPE_CHECKING:
    from handgrad.viz.sheet import Sheet

LIKELY_ROOTS = ("L", "loss")


class TargetNotFoundError(UnusableError):
    """What was asked for cannot be opened."""


class Target(NamedTuple):
    """A graph and what to call it; a kata's counts the hints that are taken; `more` may be typed besides its nodes."""

    graph: Value | Comparison
    title: str
    is_kata: bool = False
    more: dict[str, Any] | None = None


def lecture() -> Target:
    """Return the lecture's expression, in manual mode."""
    with manual():
        a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
        e = a * b
        d = e + c
        L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return Target(L, "L = (a*b + c) * f")


def find_target(target: str | None, root: str | None) -> Target:
    """Return the graph meant: the lecture's, one of a Python file, or a kata's.

    Raises:
        TargetNotFoundError: there is none.
        FileError: there is no such file, or it cannot be run.
    """
    if target is None:
        if root is not None:
            raise TargetNotFoundError(f"--root names a Value in a file: {own_name()} sheet FILE.py --root NAME")
        return lecture()
    path = Path(target)
    if path.suffix == ".py" or path.is_file():
        return _file_target(path, root)
    return _kata_target(target)


def _kata_target(name: str) -> Target:
    from .katas.course import Course, KataNotFoundError  # the lecture's graph needs none of it, and is there sooner
    from .katas.graph_names import kata_graph_with_names
    from .katas.workspace.workspace import NoWorkspaceError, Workspace

    try:
        course = Workspace.find(Path.cwd()).course
    except NoWorkspaceError:
        course = Course()
    try:
        kata = course[name]
        graph, more = kata_graph_with_names(kata)
        return Target(graph, kata.title, is_kata=True, more=more)
    except KataNotFoundError as error:
        raise TargetNotFoundError(f"{error}. A file's name ends in .py.") from None
    except HandgradError as error:
        raise TargetNotFoundError(str(error)) from None


def _file_target(path: Path, root: str | None) -> Target:
    values = _values_of(vars(run(path)))
    if not values:
        raise TargetNotFoundError(f"{path} makes no Value that has a name, such as L = a * b.")
    if root is None:
        root = next((name for name in LIKELY_ROOTS if name in values), None) or _only_root(path, values)
    if root not in values:
        raise TargetNotFoundError(f"{path} has no Value called {root}; it has {listed(values)}.")
    return Target(values[root], f"{root} of {path.name}")


def _values_of(names: dict[str, Any]) -> dict[str, Value]:
    label(names)
    return {name: thing for name, thing in names.items() if isinstance(thing, Value) and not name.startswith("_")}


def _only_root(path: Path, values: dict[str, Value]) -> str:
    """Return the name of the one Value that no other is made from."""
    used = {node for value in values.values() for node in topological_order(value)[:-1]}
    roots = [name for name, value in values.items() if value not in used and not value.is_leaf]
    if len({values[name] for name in roots}) != 1:
        names = listed(roots or values)
        raise TargetNotFoundError(f"{path} has more than one graph: say which with --root, such as {names}.")
    return roots[0]


def _open_sheet(target: str | None, root: str | None, mode: str) -> Sheet:
    from handgrad.viz.sheet import Sheet  # the other commands start without it

    try:
        chosen = find_target(target, root)
        return Sheet(chosen.graph, mode=mode, title=chosen.title, counts_hints=chosen.is_kata, more=chosen.more)
    except HandgradError as error:
        raise TargetNotFoundError(str(error)) from None


def _serve(sheet: Sheet, port: int, is_opened: bool) -> None:
    try:
        sheet.serve(port=port, open_browser=is_opened)
    except HandgradError as error:
        raise TargetNotFoundError(str(error)) from None


target_argument = click.argument("target", metavar="[TARGET]", required=False)
root_option = click.option("--root", metavar="NAME", help="In a file: the Value where backward starts.")
port_option = click.option("--port", type=click.IntRange(0, 65535), default=0, help="A port of your choice.")
open_option = click.option("--no-open", "is_opened", flag_value=False, default=True, help="Only print the address.")


@click.command("sheet")
@target_argument
@root_option
@port_option
@open_option
def sheet_command(target: str | None, root: str | None, port: int, is_opened: bool) -> None:
    """Fill gradients in on the graph, in the browser.

    TARGET is a kata, or a Python file with a Value called L, loss or NAME; without one it is the lecture's expression.
    """
    _serve(_open_sheet(target, root, "fill"), port, is_opened)


@click.command("walk")
@target_argument
@root_option
@port_option
@open_option
@click.option("--text", "in_text", is_flag=True, help="Print the pass here, step by step.")
def walk_command(target: str | None, root: str | None, port: int, is_opened: bool, in_text: bool) -> None:
    """Watch a graph's backward pass, one use of a node at a time.

    TARGET is as for handgrad sheet.
    """
    sheet = _open_sheet(target, root, "watch")
    if in_text:
        click.echo(print_walk(sheet))
    else:
        _serve(sheet, port, is_opened)


def print_walk(sheet: Sheet) -> str:
    """Return the backward pass in lines of 80 columns: what each use passes back, and its rule."""
    start, steps, end = walk_lines(sheet)
    forward = [f"  {line}" for line in sheet.forward]
    return "\n".join([sheet.heading, "", *(_wrap(line, "      ") for line in forward), "", start, *steps, end])


def walk_lines(sheet: Sheet) -> tuple[str, list[str], str]:
    """Return how the backward pass begins, its steps, and how it ends, in lines of 80 columns.

    Raises:
        TargetNotFoundError: it cannot be walked.
    """
    reply = sheet.handle({"do": "steps"})
    if reply["type"] != "steps":
        raise TargetNotFoundError(reply["message"])
    widest = len(str(len(reply["steps"])))
    steps = []
    for place, step in enumerate(reply["steps"], 1):
        line, margin = f"{place:>{widest}}. {step['say']}", " " * (widest + 2)
        rule = f"[{step['rule']}]" if step["rule"] else ""
        if rule and len(line) + 3 + len(rule) < WIDTH:
            steps.append(f"{line}   {rule}")
        else:
            steps.append("\n".join([_wrap(line, margin), *([_wrap(margin + rule, margin)] if rule else [])]))
    return _wrap(reply["start"]["say"]), steps, _wrap(reply["end"])


def _wrap(line: str, margin: str = "") -> str:
    """Break a line that is too long for a terminal; what follows is indented."""
    return textwrap.fill(line, WIDTH - 1, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)
