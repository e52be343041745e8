"""What is said of an answer to a drill."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """Whether an answer is right, and a sentence on it."""

    is_right: bool
    message: str
