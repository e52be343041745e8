"""What a command says in a sentence, in lines that fit a terminal of 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import IO, Any

import click

from .invocation import own_name
from .printable import printable

WIDTH = 80


def fit(text: str) -> str:
    """Break lines that are too long between words; keep a command on one line.

    A user's words in it, such as an exception's, are made printable.
    """
    return "\n".join(_fit_line(line) for line in printable(text).split("\n"))


def _fit_line(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    command = re.compile(rf"{re.escape(own_name())}( [\w./-]+){{1,3}}|python -m [\w.]+( [\w./-]+){{0,2}}")
    whole = command.sub(lambda found: found[0].replace(" ", "\0"), line)
    if whole.startswith("Error: "):
        whole = whole.replace(" ", "\0", 1)  # which has no line of its own
    indent = line[: len(line) - len(line.lstrip())]
    broken = textwrap.fill(
        whole, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return broken.replace("\0", " ")


def count_of(number: int, what: str) -> str:
    """Return so many of a thing in words: "1 kata", "3 katas"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def list_some(names: Sequence[str], most: int = 6) -> str:
    """List names in a sentence; of many the first, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def say(text: str = "", *, err: bool = False) -> None:
    """Print a sentence or some, in lines that fit."""
    click.echo(fit(text), err=err)


class FittedError(click.ClickException):
    """An error whose lines fit."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it, in lines that fit."""
        click.echo(fit(f"Error: {self.format_message()}"), file=file, err=file is None)


class UnusableError(FittedError):
    """What a user asked for cannot be; exit status 2, as for every other usage error."""

    exit_code = 2
