"""`handgrad practice`: one gradient after another, typed in and judged."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from handgrad import HandgradError, Value, compare, gradients, viz
from handgrad.number import show

from ...printable import printable
from ..terminal.outside import open_outside
from ..terminal.views import console
from ..workspace.workspace import MARK, NoWorkspaceError, Workspace
from .arithmetic import ExpressionError, evaluate
from .drill import LEVELS, Drill, make_drill
from .help import factor, help_with
from .shown import is_right, slacks

TRIES = 3
"""So many wrong ones, and the way out is told."""
DRAW, SHOW = "draw", "show"
KEYS = ("?", "help")
HOW = (
    "A number or a sum: -6, -2*3, 1/4; names too: b is its number, L.grad a gradient that is there. Enter helps, "
    f"{DRAW} draws the graph, {SHOW} shows the number and goes on, q ends."
)


class Done(Exception):
    """The learner has had enough."""


@dataclass
class Score:
    """How it went: gradients asked for, and right at once."""

    asked: int = 0
    right: int = 0
    streak: int = 0

    def count(self, is_right: bool) -> None:
        self.asked += 1
        self.right += is_right
        self.streak = self.streak + 1 if is_right else 0


def run_practice(seed: int, level: int) -> None:
    """Drill until q, Ctrl-C or the end of the input, then print the score."""
    rng = random.Random(f"{seed} {level}")  # a text seed is the same in every Python
    click.echo(f"Level {level}: {LEVELS[level]}. Seed {seed}.")
    drill_on(("", make_drill(rng, level)) for _ in itertools.count())
    click.echo(f"The same again: handgrad practice --seed {seed} --level {level}")


def drill_on(drills: Iterable[tuple[str, Drill]]) -> None:
    """Ask drills, each with its source, until q, Ctrl-C or the end; then print the score."""
    score = Score()
    click.echo(_wrap("Type each gradient as a number or a sum: -6, -2*3, 1/4, L.grad*b."))
    click.echo(_wrap(f"Enter helps, {DRAW} draws the graph, {SHOW} shows the number, q ends."))
    click.echo()
    try:
        for number, (origin, drill) in enumerate(drills, 1):
            _ask_all(drill, f"Drill {number}, from {origin}" if origin else f"Drill {number}", score)
    except Done:
        pass
    if score.asked:
        click.echo(f"\n{score.right} of {score.asked} right at the first try.")
    else:
        click.echo("\nNothing answered yet.")


def _ask_all(drill: Drill, title: str, score: Score) -> None:
    click.secho(title, bold=True)
    show_drill(drill)
    truth = gradients(drill.root)
    for node in drill.asked:
        score.count(ask(drill, node, truth))
    if score.streak > 4:
        click.secho(f"    {score.streak} in a row.", fg="green")
    click.echo()


def show_drill(drill: Drill) -> None:
    """Print a drill's numbers, and fill in the gradient of its root."""
    click.echo("    " + "    ".join(f"{leaf.label} = {show(leaf.data)}" for leaf in drill.leaves))
    widest = max(len(text) for _, text in drill.steps)
    for node, text in drill.steps:
        click.echo(f"    {node.label} = {text:<{widest}}   = {show(node.data)}")
    click.echo(f"\n    {drill.root.label}.grad = 1")
    drill.root.grad = 1.0


def ask(drill: Drill, node: Value, truth: Mapping[Value, float]) -> bool:
    """Ask for one gradient; whether the first answer was right. Afterwards `node.grad` is right."""
    tries, levels = 0, list(help_with(drill, node))
    while True:
        text = _line(f"    {node.label}.grad = ")
        word = text.lower()
        if word == DRAW:
            _draw(drill)
        elif word == SHOW:
            node.grad = truth[node]
            click.echo(_indent(f"It is {show(truth[node])}: {_sum(drill, node)}."))
            return False
        elif word in KEYS:
            click.echo(_indent(HOW))
        elif not text:
            for sentence in levels.pop(0) if levels else [f"That was all the help there is. {SHOW} shows the number."]:
                click.echo(_indent(sentence))
        elif (number := _number(text, drill)) is not None:
            if is_right(number, truth[node], slacks(drill.backward_order, truth)[node]):
                node.grad = number
                told = "Right." if text == show(number) else f"Right: {show(number)}."
                click.secho(_indent(told), fg="green")
                return tries == 0
            tries += 1
            click.secho(_indent(_describe_mistake(drill, node, number)), fg="red")
            if tries == TRIES:
                click.echo(_indent(f"{'Enter helps, ' if levels else ''}{SHOW} shows the number and goes on."))


def _number(text: str, drill: Drill) -> float | None:
    """Return the number of an answer; None, with a message, where it is none."""
    try:
        return evaluate(text, {node.label: node for node in (*drill.leaves, *(node for node, _ in drill.steps))})
    except ExpressionError as error:
        click.secho(_indent(str(error)), fg="yellow")
        return None


def _describe_mistake(drill: Drill, node: Value, number: float) -> str:
    """Describe what a wrong answer looks like."""
    node.grad = number
    slip = compare(drill.root, nodes=[node])[node].slip
    node.grad = None
    # A factor that nothing explains is none that a drill could have: it has no means and no batches.
    return slip.message if slip and slip.kind != "factor" else f"{node.label}: no."


def _draw(drill: Drill) -> None:
    """Draw the drill as it is filled in so far, and say where."""
    path = _picture_path()
    try:
        viz.save(compare(drill.root, nodes=drill.backward_order), path)
    except HandgradError as error:
        click.secho(_indent(str(error)), fg="yellow")
        return
    open_outside(path)
    click.echo(f"        The graph: {path}")  # not wrapped, so that it can be copied


def _picture_path() -> Path:
    try:
        return Workspace.find(Path.cwd()).folder / MARK / "drill.svg"
    except NoWorkspaceError:
        return Path("out/drill.svg").resolve()


def _line(prompt: str) -> str:
    try:
        text = input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        raise Done from None
    if not sys.stdin.isatty():
        click.echo(text)  # what a terminal has shown already
    if text.lower() in ("q", "quit", "exit"):
        raise Done
    return text


def _indent(text: str) -> str:
    return _wrap(text, "        ")


def _wrap(text: str, indent: str = "") -> str:
    return click.wrap_text(printable(text), console().width - 1, indent, indent)


def _sum(drill: Drill, node: Value) -> str:
    terms = compare(drill.root, nodes=[node])[node].terms
    return ", plus ".join(
        f"{factor(show(term.upstream))} * {factor(show(term.local))} through {term.consumer.label}" for term in terms
    )
