"""What a learner wrote, as it is judged."""

from __future__ import annotations

from typing import Any, NamedTuple


class Written(NamedTuple):
    """What a learner wrote at a node.

    Attributes:
        number: the number; for an array an array of its shape, nan where an entry holds no finite number. None where
            nothing can be read as one, or nothing is filled in.
        grad: what stood in its grad; None for not filled in.
        precision: how coarse its type is, see `tolerance.precision_of`.
    """

    number: Any
    grad: Any
    precision: float
