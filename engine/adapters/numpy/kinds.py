"""What the numbers of a backward are, seen from the forward."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from ...value import Value


class Kind(Enum):
    """What the number of an event is."""

    DATA = "data of the forward"
    NOTHING = "all zeros"
    TRUE = "a true gradient"
    CARRIED = "a gradient that follows from a wrong one"
    PART = "a part of a gradient"
    SCALED = "a multiple of a gradient"
    WRONG = "a wrong gradient"
    UNKNOWN = "unknown"


class Final(NamedTuple):
    """A gradient that the backward gives.

    Attributes:
        node: of which input.
        value: the numbers.
        at: the event that made it; None for none.
    """

    node: Value
    value: Any
    at: int | None


class Paired(NamedTuple):
    """A number of theirs as the gradient of a node.

    Attributes:
        value: in their own dtype and shape.
        at: its event; None for none.
    """

    value: Any
    at: int | None
