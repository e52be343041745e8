"""Ask one gradient after another in the terminal: judge what is typed, help, draw, show, count."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from handgrad import Comparison, HandgradError, viz

from ...printable import printable
from ..terminal.outside import open_outside
from ..terminal.views import console
from ..workspace.workspace import MARK, NoWorkspaceError, Workspace
from .outcome import Outcome

TRIES = 3
"""So many wrong ones, and the way out is told."""
DRAW, SHOW = "draw", "show"
KEYS = ("?", "help")


class Question(Protocol):
    """One thing that is asked.

    Attributes:
        prompt: what stands before the cursor.
        helps: the levels of help, each a list of sentences; none tells the answer.
        thing: what `show` shows: "number".
    """

    prompt: str
    thing: str

    @property
    def helps(self) -> Sequence[Sequence[str]]: ...

    def judge(self, text: str) -> Outcome:
        """Judge an answer; raise HandgradError where it is none. Afterwards a right one is filled in."""
        ...

    def show(self) -> str:
        """Fill in what is right, and return a sentence that says it."""
        ...


class Task(Protocol):
    """A graph, and what is asked of it.

    Attributes:
        intro: what may be typed, for who begins.
        how: the same, for who asks by `?`.
    """

    intro: str
    how: str

    def show(self) -> None:
        """Print it."""
        ...

    @property
    def questions(self) -> Iterable[Question]: ...

    def compare(self) -> Comparison:
        """Return what there is to draw."""
        ...


class Done(Exception):
    """The learner has had enough."""


@dataclass
class Score:
    """How it went: asked for, and right at once."""

    asked: int = 0
    right: int = 0
    streak: int = 0

    def count(self, is_right: bool) -> None:
        self.asked += 1
        self.right += is_right
        self.streak = self.streak + 1 if is_right else 0


def drill_on(tasks: Iterable[tuple[str, Task]], title: str = "Drill") -> None:
    """Ask tasks, each with its source, until q, Ctrl-C or the end; then print the score."""
    score, said = Score(), set[str]()
    try:
        for number, (origin, task) in enumerate(tasks, 1):
            introduce(task, said)
            click.secho(f"{title} {number}, from {origin}" if origin else f"{title} {number}", bold=True)
            _ask_all(task, score)
    except Done:
        pass
    if score.asked:
        click.echo(f"\n{score.right} of {score.asked} right at the first try.")
    else:
        click.echo("\nNothing answered yet.")


def introduce(task: Task, said: set[str]) -> None:
    """Print what may be typed, once for each kind of task; `said` holds what was printed."""
    if task.intro not in said:
        said.add(task.intro)
        click.echo(f"{wrap(task.intro)}\n")


def _ask_all(task: Task, score: Score) -> None:
    task.show()
    for question in task.questions:
        score.count(ask(task, question))
    if score.streak > 4:
        click.secho(f"    {score.streak} in a row.", fg="green")
    click.echo()


def ask(task: Task, question: Question) -> bool:
    """Ask for one thing; whether the first answer was right. Afterwards it is filled in, right."""
    tries, levels = 0, list(question.helps)
    while True:
        text = _line(question.prompt)
        word = text.lower()
        if word == DRAW:
            _draw(task)
        elif word == SHOW:
            click.echo(indent(question.show()))
            return False
        elif word in KEYS:
            click.echo(indent(task.how))
        elif not text:
            out = f"That was all the help there is. {SHOW} shows the {question.thing}."
            for sentence in levels.pop(0) if levels else [out]:
                click.echo(indent(sentence))
        elif (outcome := _judge(question, text)) is not None:
            click.secho(indent(outcome.message), fg="green" if outcome.is_right else "red")
            if outcome.is_right:
                return tries == 0
            tries += 1
            if tries == TRIES:
                helps = "Enter helps, " if levels else ""
                click.echo(indent(f"{helps}{SHOW} shows the {question.thing} and goes on."))


def _judge(question: Question, text: str) -> Outcome | None:
    """Judge an answer; None, with a message, where it is none."""
    try:
        return question.judge(text)
    except HandgradError as error:
        click.secho(indent(str(error)), fg="yellow")
        return None


def _draw(task: Task) -> None:
    """Draw the graph as it is filled in so far, and say where."""
    path = _picture_path()
    try:
        viz.save(task.compare(), path)
    except HandgradError as error:
        click.secho(indent(str(error)), fg="yellow")
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


def indent(text: str) -> str:
    """Wrap a sentence under a question."""
    return wrap(text, "        ")


def wrap(text: str, margin: str = "") -> str:
    """Wrap a sentence at the width of the terminal."""
    return click.wrap_text(printable(text), console().width - 1, margin, margin)
