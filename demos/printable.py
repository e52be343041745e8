"""A user's text, made safe for any file and terminal: no escape in it moves a cursor or sets a title."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""Escape what cannot be shown in a text, except lines and tabs.

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
