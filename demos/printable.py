"""Somebody's words, as text that any file and terminal can hold: no escape of theirs moves a cursor or sets a title."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""Return a text in which whatever cannot be shown is escaped; lines and tabs stay.

    Example:
        >>> printable("a\x1b[2J\tb\n\ud800")
        'a\\x1b[2J\tb\n\\ud800'
    """
    return text if text.isprintable() else "".join(c if c in "\n\t" else visible(c) for c in text)


def visible(character: str) -> str:
    """Return a character, escaped where it cannot be shown."""
    if character.isprintable() or unicodedata.category(character) == "Zs":  # a Japanese space between names, say
        return character
    return character.encode("unicode_escape").decode("ascii")
