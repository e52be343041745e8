"""Break a program into lines that fit a terminal, only where Python allows it."""

from __future__ import annotations

import io
import re
import textwrap
import tokenize
from typing import NamedTuple

WIDTH = 79
_MORE = 4
"""How far what goes on in another line is indented further."""
_ENTRY = re.compile(r"\s+\*{0,2}\w+(, \*{0,2}\w+)*: ")
"""An argument in a docstring, whose other lines hang behind it."""

_BEFORE_A_DOCSTRING = (tokenize.NEWLINE, tokenize.INDENT, tokenize.NL, tokenize.COMMENT)


class _Break(NamedTuple):
    """A place where a line of code may end: within brackets, behind a token."""

    column: int
    depth: int
    is_comma: bool


class _Line(NamedTuple):
    """What is known of a line of a program: where it may end, where its comment begins, and whether it is of a text."""

    breaks: list[_Break]
    comment: int | None
    is_text: bool


def narrow(program: str, width: int = WIDTH) -> str:
    """Return the program with long lines broken: text between words, code within brackets.

    A line that has nowhere to be broken stays as it is.
    """
    known = _find_breaks(program)
    found: list[str] = []
    texts: list[str] = []
    """The lines of a docstring, or of a comment, that are set together."""
    for number, line in enumerate(program.split("\n"), 1):
        about = known.get(number, _Line([], None, False))
        is_comment = about.comment is not None and not line[: about.comment].strip()
        if texts and not (about.is_text or is_comment):
            found += _set(texts, width)
            texts = []
        if about.is_text or is_comment:
            texts.append(line)
        elif len(line) > width:
            found += _break_code(line, about, width)
        else:
            found.append(line)
    return "\n".join([*found, *_set(texts, width)])


def narrow_line(line: str, width: int = WIDTH) -> list[str]:
    """Return one line of a program, indented as it is, broken as `narrow` breaks it."""
    code = line.lstrip()
    margin = line[: len(line) - len(code)]
    return [margin + part for part in narrow(code, width - len(margin)).split("\n")]


def _find_breaks(program: str) -> dict[int, _Line]:
    known: dict[int, _Line] = {}
    depth, in_f_string, before = 0, 0, tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(program).readline):
        kind = tokenize.tok_name[token.type]
        in_f_string += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        if token.type == tokenize.OP and not in_f_string:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.STRING and before in _BEFORE_A_DOCSTRING:
            for number in range(token.start[0], token.end[0] + 1):
                known[number] = _Line([], None, is_text=True)
        about = known.setdefault(token.end[0], _Line([], None, is_text=False))
        if token.type == tokenize.COMMENT:
            known[token.end[0]] = about._replace(comment=token.start[1])
        elif depth and not in_f_string and token.start[0] == token.end[0]:
            about.breaks.append(_Break(token.end[1], depth, token.string == ","))
        before = token.type
    return known


def _break_code(line: str, about: _Line, width: int) -> list[str]:
    """Break a line of code into several; its comment goes above."""
    indent = line[: len(line) - len(line.lstrip())]
    found: list[str] = []
    if about.comment is not None:
        found += _set([indent + line[about.comment :]], width)
        line = line[: about.comment].rstrip()
    more = indent + " " * (2 * _MORE if line.endswith(":") else _MORE)
    start, room = 0, width
    while len(line) - start > room:
        fitting = [b for b in about.breaks if start < b.column <= start + room and line[b.column :].strip()]
        if not fitting:
            break
        best = min(fitting, key=lambda b: (b.depth, not b.is_comma, -b.column))
        found.append((more if start else "") + line[start : best.column])
        start = best.column
        while line[start] == " ":
            start += 1
        room = width - len(more)
    found.append((more if start else "") + line[start:])
    return found


def _set(lines: list[str], width: int) -> list[str]:
    """Return the lines of a docstring or comment, reflowed where too long."""
    found: list[str] = []
    waiting = lines[::-1]
    while waiting:
        line = waiting.pop()
        if len(line) <= width:
            found.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        mark = "# " if line.lstrip().startswith("# ") else ""
        more = indent + mark + (" " * _MORE if not mark and _ENTRY.match(line) else "")
        first, *rest = textwrap.wrap(
            line, width, subsequent_indent=more, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        )
        found.append(first)
        if not rest:
            continue
        last = rest.pop()
        found += rest
        after = waiting[-1] if waiting else ""
        goes_on = after.startswith(more) and after[len(more) : len(more) + 1].strip() not in ("", '"')
        if goes_on and not _ENTRY.match(after):
            last = f"{last} {waiting.pop()[len(more) :]}"
        waiting.append(last)
    return found
