"""One hypothesis on the numbers of a wrong array, and what would only restate it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..arrays.edges import Floats

FACTORS = frozenset({"factor", "double", "forgot-local", "forgot-upstream"})
SIGN = FACTORS | {"rule", "swapped", "one-hot"}
PATHS = FACTORS | {"sign", "not-summed", "wrong-axis", "one-hot", "not-broadcast", "wrong-upstream"}
CONSTANT = FACTORS | {"rule", "wrong-upstream"}
"""A constant left out, or multiplied in twice, may be a gradient taken from one step further up or down."""


class Guess(NamedTuple):
    """One hypothesis.

    Attributes:
        kind: the kind of slip.
        numbers: what the gradient comes out as by it.
        clause: the end of the sentence to the learner.
        covers: other kinds that would only restate it.
    """

    kind: str
    numbers: Floats
    clause: str
    covers: frozenset[str] = FACTORS


class WrongLocal(NamedTuple):
    """A wrong local derivative of a use.

    Attributes:
        kind: the kind of slip.
        words: what tells it from the others of its kind.
        local: the coefficient, or an `arrays.Edge`.
        clause: where it is, in words, and what the letters of a rule stand for there -> the sentence.
        covers: see `Guess`.
    """

    kind: str
    words: str
    local: Any
    clause: Callable[[str, Mapping[str, str]], str]
    covers: frozenset[str] = FACTORS
