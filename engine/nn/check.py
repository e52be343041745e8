"""What a sanity check answers with, and what it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..number import finite_float
from ..value import Value
from .movable import plain


@dataclass(frozen=True)
class Check:
    """The outcome of a sanity check; its truth value is `ok`, its text says what to look at.

    Attributes:
        ok: whether the check holds.
        message: one or two sentences: the numbers, and what class of bug a failure points at.
    """

    ok: bool
    message: str

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'FAILED'}: {self.message}"


def loss_of(thing: Any, where: str) -> float:
    """Return the number that a loss is: a Value's, a tensor's, or itself."""
    return finite_float(thing.data if isinstance(thing, Value) else plain(thing), where)
