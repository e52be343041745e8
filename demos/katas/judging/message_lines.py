"""A message as lines that say what each of them is, so that nobody has to read a table to colour or to wrap it."""

from __future__ import annotations

from handgrad import Comparison
from handgrad.verdict.report import Line, lines, text_of

__all__ = ["Line", "split_message", "plain_lines"]


def plain_lines(text: str) -> tuple[Line, ...]:
    """Return a text without a table."""
    return tuple(Line("text", line) for line in text.splitlines())


def split_message(message: str, comparison: Comparison | None) -> tuple[Line, ...]:
    """Split a message that may hold a comparison's table into lines of a kind each."""
    if comparison is not None:
        for reveal in (False, True):
            shown = lines(comparison, reveal=reveal)
            before, table, after = message.partition(text_of(shown))
            if table:
                return *plain_lines(before), *shown, *plain_lines(after.removeprefix("\n"))
    return plain_lines(message)
