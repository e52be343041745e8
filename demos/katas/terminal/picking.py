"""Which katas a list shows: by words and by whether they have passed."""

from __future__ import annotations

from collections.abc import Sequence

from ..course import Kata
from ..workspace.progress import Progress

STATES = ("all", "pending", "done")


def filter_katas(katas: Sequence[Kata], progress: Progress, words: str, state: str) -> list[Kata]:
    """Return the katas of a state ("all", "pending" or "done") that match some words."""
    wanted = words.lower().split()
    return [
        kata
        for kata in katas
        if (state == "all" or (kata.name in progress.passed) == (state == "done"))
        and all(word in f"{kata.name} {kata.title} {kata.belt}".lower() for word in wanted)
    ]


def mentioning(katas: Sequence[Kata], progress: Progress, words: str, state: str) -> list[Kata]:
    """Return the other katas of a state, whose task holds all words."""
    named = filter_katas(katas, progress, words, state)
    of_state = filter_katas(katas, progress, "", state)
    wanted = words.lower().split()
    return [kata for kata in of_state if kata not in named and all(word in kata.statement.lower() for word in wanted)]
