"""`handgrad practice`: one gradient after another, typed in and judged."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass

import click

from handgrad import Value, compare, gradients
from handgrad.number import show

from ..terminal.views import console
from .arithmetic import ExpressionError, evaluate
from .drill import LEVELS, Drill, make_drill

TRIES = 3


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


def run_practice(seed: int | None, level: int) -> None:
    """Drill until q, Ctrl-C or the end of the input, then print the score."""
    if seed is None:
        seed = random.randrange(10_000)
    rng = random.Random(f"{seed} {level}")  # a text seed is the same in every Python
    score = Score()
    click.echo(f"Level {level}: {LEVELS[level]}. Seed {seed}.")
    click.echo(_wrapped("Type each gradient as a number or a sum: -6, -2*3, 1/4. Enter helps, q ends."))
    click.echo()
    number = 0
    try:
        while True:
            number += 1
            _ask_all(make_drill(rng, level), number, score)
    except Done:
        pass
    if score.asked:
        click.echo(f"\n{score.right} of {score.asked} right at the first try.")
    else:
        click.echo("\nNothing answered yet.")
    click.echo(f"The same again: handgrad practice --seed {seed} --level {level}")


def _ask_all(drill: Drill, number: int, score: Score) -> None:
    click.secho(f"Drill {number}", bold=True)
    click.echo("    " + "    ".join(f"{leaf.label} = {show(leaf.data)}" for leaf in drill.leaves))
    widest = max(len(text) for _, text in drill.steps)
    for node, text in drill.steps:
        click.echo(f"    {node.label} = {text:<{widest}}   = {show(node.data)}")
    click.echo("\n    L.grad = 1")
    drill.root.grad = 1.0
    truth = gradients(drill.root)
    for node in drill.asked:
        score.count(_ask(drill, node, truth[node]))
    if score.streak > 4:
        click.secho(f"    {score.streak} in a row.", fg="green")
    click.echo()


def _ask(drill: Drill, node: Value, truth: float) -> bool:
    """Ask for one gradient; whether the first answer was right. Afterwards `node.grad` is right."""
    tries = 0
    while tries < TRIES:
        text = _line(f"    {node.label}.grad = ")
        if not text:
            click.echo(_way(drill, node))
            continue
        try:
            node.grad = evaluate(text)
        except ExpressionError as error:
            click.secho(_indented(str(error)), fg="yellow")
            continue
        result = compare(drill.root, nodes=[node])[node]
        if result.status.value == "correct":
            click.secho(_indented("Right."), fg="green")
            return tries == 0
        tries += 1
        slip = result.slip
        found = slip.message if slip else f"{node.label}: no. Enter shows where {node.label} is used."
        click.secho(_indented(found), fg="red")
    click.echo(_indented(f"It is {show(truth)}: {_sum(drill, node)}."))
    node.grad = truth
    return False


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


def _indented(text: str) -> str:
    return _wrapped(text, "        ")


def _wrapped(text: str, indent: str = "") -> str:
    return click.wrap_text(text, console().width - 1, indent, indent)


def _way(drill: Drill, node: Value) -> str:
    """Where the node is used, and what to do about it."""
    uses = [f"{made.label} = {text}" for made, text in drill.steps if node in made.operands]
    if len(uses) == 1:
        return _indented(f"{node.label} is used in {uses[0]}: upstream gradient times local derivative.")
    places = " and in ".join(uses)
    return _indented(f"{node.label} is used in {places}: each use passes something back, and that adds up.")


def _sum(drill: Drill, node: Value) -> str:
    terms = compare(drill.root, nodes=[node])[node].terms
    return " + ".join(
        f"{show(term.upstream)} * {_bracketed(term.local)} through {term.consumer.label}" for term in terms
    )


def _bracketed(number: float) -> str:
    return f"({show(number)})" if number < 0 else show(number)
