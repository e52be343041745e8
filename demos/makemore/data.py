"""The names, and what the model learns from them: three characters, and the one that comes next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from handgrad.viz.unpacking import find_text

from .model import BATCH, BLOCK

CHARACTERS = ".abcdefghijklmnopqrstuvwxyz"
"""The vocabulary; the dot marks where a name begins and ends."""


def names() -> list[str]:
    """Return the names of `names.txt`, whose first lines say what it is."""
    text = find_text(Path(__file__).with_name("names.txt")).read_text(encoding="ascii")
    return [line for line in text.splitlines() if not line.startswith("#")]


def examples(words: Sequence[str]) -> tuple[Any, Any]:
    """Return each character of each name, with the three before it.

    Returns:
        X (m, 3) and Y (m,), whole numbers that index `CHARACTERS`.

    Example:
        >>> X, Y = examples(["bo"])
        >>> X.tolist(), Y.tolist()
        ([[0, 0, 0], [0, 0, 2], [0, 2, 15]], [2, 15, 0])
    """
    before, after = [], []
    for word in words:
        context = [0] * BLOCK
        for character in f"{word}.":
            number = CHARACTERS.index(character)
            before.append(context)
            after.append(number)
            context = [*context[1:], number]
    return np.array(before), np.array(after)


def batch(seed: int = 42, size: int = BATCH) -> tuple[Any, Any]:
    """Return a batch of examples, drawn by a seed."""
    X, Y = examples(names())
    chosen = np.random.default_rng(seed).integers(0, len(Y), size)
    return X[chosen], Y[chosen]
