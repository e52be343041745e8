"""A call with less in it, of which the diagnosis is quick: the same mistake shows in the first few rows."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import torch

from .recording import Call

SHORT = 8
"""An axis of no more stays as it is."""
SHORTENED = (4, 6, 8, 3, 5, 7)
"""What longer axes become, so that different lengths stay different."""


def smaller(call: Call, short: int = SHORT, shortened_to: Sequence[int] = SHORTENED) -> Call | None:
    """Return the call with every long axis cut, axes of one length alike.

    None where there is none.

    Whether it makes sense to the Function, running it tells.

    Args:
        short: an axis of no more stays as it is.
        shortened_to: what longer ones become, the shortest first.
    """
    lengths = sorted({n for one in call.inputs if isinstance(one, torch.Tensor) for n in one.shape if n > short})
    if not lengths or len(lengths) > len(shortened_to):
        return None
    shortened = dict(zip(lengths, shortened_to))
    other = copy(call)
    other.inputs = [_cut(one, shortened) for one in call.inputs]
    return other


def _cut(thing: Any, shortened: dict[int, int]) -> Any:
    if isinstance(thing, torch.Tensor):
        part = thing[tuple(slice(shortened.get(n, n)) for n in thing.shape)].clone()
        # Whole numbers may be indices, which stay within what is left.
        return part if part.is_floating_point() or part.is_complex() or part.dtype == torch.bool else part % 3
    if type(thing) is int:
        return shortened.get(thing, thing)
    if isinstance(thing, (list, tuple)) and all(type(one) is int for one in thing):
        return type(thing)(shortened.get(one, one) for one in thing)
    return thing
