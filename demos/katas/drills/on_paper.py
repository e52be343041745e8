"""Practice on paper: a derivation in the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import click

from handgrad import Comparison, HandgradError

from ...invocation import own_name
from ..course import Course, Kata
from ..terminal.views import console
from .asking import SHOW, Done, ask, introduce, wrap
from .outcome import Outcome
from .paper import Paper


class PaperTask(Paper):
    """A derivation that is asked for line by line."""

    intro = (
        "Type the next line, a step on: it has to equal the one before. A name on the left (dvar = ...) is a line on "
        f"that; a new name is kept. Enter helps, {SHOW} shows a way on, q ends."
    )
    how = intro

    def show(self) -> None:
        """Print what is known, and the line to begin with."""
        for line in self.known:
            click.echo(f"    {line}")
        click.echo(f"\n(1) {self.target} = {self.lines[0]}")

    @property
    def questions(self) -> Iterator[Line]:
        """Yield one question a line, until the last."""
        while not self.is_done:
            yield Line(self)

    def compare(self) -> Comparison:
        """Refuse: a derivation has no graph."""
        raise HandgradError("There is no graph to draw here.")


class Line:
    """The next line of a derivation."""

    thing = "next line"

    def __init__(self, paper: PaperTask) -> None:
        self._paper = paper
        self.prompt = f"({len(paper.lines) + 1}) {paper.target} = "

    @property
    def helps(self) -> Sequence[Sequence[str]]:
        """The levels of help: what may be used, and what for."""
        return [f"In the names {', '.join(self._paper.names)}."], [f"Wanted in the end: {self._paper.goal}."]

    def judge(self, text: str) -> Outcome:
        """Judge a line, and keep it where it follows."""
        return self._paper.judge(text)

    def show(self) -> str:
        """Write one way to go on."""
        return self._paper.show_next()


def run_paper(kata: Kata, course: Course) -> None:
    """Take a derivation down, line by line, until its last line or q."""
    paper = PaperTask(kata, course)
    click.secho(f"{kata.name}  {kata.title}, on paper", bold=True)
    introduce(paper, set())
    paper.show()
    click.echo(wrap(f"Wanted: {paper.goal}."))
    with contextlib.suppress(Done):
        for line in paper.questions:
            ask(paper, line)
        click.secho(f"\nThat is the line for {kata.file_name}.", fg="green")
    if len(paper.lines) > 1:
        click.echo()
        for name, line in zip([paper.target, *[" " * len(paper.target)] * len(paper.lines)], paper.lines):
            margin = f"    {name} = "
            click.echo(click.wrap_text(line, console().width - 1, margin, " " * (len(margin) + 4)))
    click.echo(f"\nThen: {own_name()} check {kata.name}")
