"""A case cut to a few rows, on which user code is run more often in the same time, where the mistake still shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..errors import CheckError, UserCodeError
from .calling import called
from .inputs import Inputs
from .proving import Checked

FEW = 3
"""So many of a length are left."""
LARGE = 400
"""With fewer numbers among the inputs there is nothing to gain."""
MOST_TRIED = 4


def smaller(whole: Checked, inputs: Inputs, check: Callable[[Inputs], Checked]) -> Checked:
    """Return the same on cut inputs.

    Of each length that many axes may share, the longest first, a few are left where that can be.

    Which lengths can be cut is not read from the shapes, but tried: user code must run, and the same gradients must
    be wrong as on the whole.

    Args:
        whole: what was found out on all of it.
        check: finds out the same at other inputs.

    Returns:
        The smallest; `whole` where nothing can be cut.
    """
    found = whole
    try:
        wrong = _wrong(whole)
    except UserCodeError:  # what it does outside was held back
        return whole
    for length in list(_lengths(inputs))[:MOST_TRIED]:
        cut = inputs.with_leaves({leaf.name: _few(leaf.value, length) for leaf in inputs.leaves if leaf.is_array})
        try:
            other = check(cut)
            is_same = _wrong(other) == wrong
        except (CheckError, UserCodeError, ArithmeticError, LookupError, TypeError, ValueError):
            continue
        if is_same:
            found, inputs = other, cut
    return found


def _lengths(inputs: Inputs) -> Iterator[int]:
    """Yield the lengths of axes that can be cut, the longest first.

    A small case has none.
    """
    arrays = [leaf.value for leaf in inputs.leaves if leaf.is_array]
    if sum(one.size for one in arrays) >= LARGE:
        yield from sorted({length for one in arrays for length in one.shape if length > FEW}, reverse=True)


def _few(array: Any, length: int) -> Any:
    return array[tuple(slice(FEW) if one == length else slice(None) for one in array.shape)].copy()


def _wrong(checked: Checked) -> frozenset[str]:
    return checked.point().wrong(called("backward", lambda: checked.rerun(lambda: None)))
