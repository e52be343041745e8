"""How sums and products are written in the sentences of a sheet."""

from __future__ import annotations

import re

TIMES = "\N{MULTIPLICATION SIGN}"
SIMPLE = re.compile(r"-?[\w.]+")
"""A factor that needs no brackets."""


def bracket(name: str) -> str:
    """Bracket a name that is an expression, so that `.grad` can follow it; a call needs none."""
    return name if is_plain(name) or _is_call(name) else f"({name})"


def is_plain(name: str) -> bool:
    """Return whether it is a name, and no expression."""
    return all(c.isalnum() or c in "_.[]'" for c in name)


def bracket_negative(number: str) -> str:
    """Return a number as a factor."""
    return f"({number})" if number.startswith("-") else number


def _is_call(name: str) -> bool:
    """Return whether the bracket that a function opens is the one that ends the name."""
    function, bracket, inside = name.partition("(")
    if not bracket or not is_plain(function) or not function or not name.endswith(")"):
        return False
    depth = 1
    for place, letter in enumerate(inside, start=1):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return place == len(inside)
    return False
