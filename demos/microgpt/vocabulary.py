"""What the model reads: names, a letter a token, with a dot before and after each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from ..makemore.data import CHARACTERS, names

__all__ = ["CHARACTERS", "names", "shuffle", "decode", "tokens"]


def tokens(name: str) -> list[int]:
    """Return a name as whole numbers that index `CHARACTERS`.

    Example:
        >>> tokens("ab")
        [0, 1, 2, 0]
    """
    return [CHARACTERS.index(letter) for letter in f".{name}."]


def decode(numbers: Iterable[int]) -> str:
    """Return the letters of some tokens.

    Example:
        >>> decode([1, 2])
        'ab'
    """
    return "".join(CHARACTERS[number] for number in numbers)


def shuffle(words: Sequence[str], seed: int) -> list[str]:
    """Return the names in an order drawn by a seed."""
    mixed = list(words)
    Random(seed).shuffle(mixed)
    return mixed
