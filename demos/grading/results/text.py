"""Names from a disk and words from a program, as text that any file and terminal can hold."""

from __future__ import annotations

import os
import unicodedata


def printable(text: str) -> str:
    r"""A text in which whatever cannot be shown is escaped; lines and tabs stay.

    Example:
        >>> printable("a\x1b[2J\tb\n\ud800")
        'a\\x1b[2J\tb\n\\ud800'
    """
    return "".join(c if c in "\n\t" else _visible(c) for c in text)


def shown(name: str) -> str:
    r"""A file's name, which may hold any bytes, on one line; two names are never shown alike.

    Example:
        >>> shown("ada\n"), shown(r"ada\n")
        ('ada\\n', 'ada\\\\n')
    """
    text = os.fsencode(name.replace("\\", "\\\\")).decode("utf-8", errors="backslashreplace")
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":  # a Japanese space between names, say
        return character
    return character.encode("unicode_escape").decode("ascii")
