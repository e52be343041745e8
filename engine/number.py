"""What counts as a number: one test for data, operands and gradients."""

from __future__ import annotations

import math
from typing import Any

from .errors import NotANumberError, NotFiniteError


def finite_float(thing: Any, where: str) -> float:
    """Return the finite float that `thing` stands for.

    Args:
        thing: an int, a float, a numpy real scalar or a numpy array of shape ().
        where: what it is used for, as the start of an error's sentence.

    Raises:
        NotANumberError: it is anything else; bool, str, complex and Value are refused too.
        NotFiniteError: it is nan, infinite, or an int too large for a float.
    """
    if thing.__class__ is not float:
        thing = _plain_float(thing, where)
    if not math.isfinite(thing):
        raise NotFiniteError(thing, where)
    return thing


def _plain_float(thing: Any, where: str) -> float:
    """Return a real number as a float, finite or not."""
    kind = getattr(getattr(thing, "dtype", None), "kind", None)
    is_real = (
        isinstance(thing, (int, float)) and not isinstance(thing, bool)
        if kind is None
        else kind in "iuf" and getattr(thing, "ndim", 1) == 0
    )
    if not is_real:
        raise NotANumberError(thing, where, _advice(thing))
    try:
        return float(thing)
    except OverflowError:
        raise NotFiniteError(math.inf if thing > 0 else -math.inf, where) from None


def _advice(thing: Any) -> str:
    if hasattr(thing, "operands") and hasattr(thing, "data"):
        return "Write its number, v.data or v.grad, where a number is meant."
    if isinstance(thing, bool) or getattr(getattr(thing, "dtype", None), "kind", "") == "b":
        return "Write 1.0 or 0.0."
    if isinstance(thing, complex):
        return "Only real numbers have a gradient here."
    return "Give an int or a float."


def finite_or_none(thing: Any) -> float | None:
    """Return the finite number that `thing` is, or None; see `finite_float`."""
    try:
        return finite_float(thing, "")
    except (NotANumberError, NotFiniteError):
        return None


def whole_numbers_of(number: float) -> set[int]:
    """Return the whole numbers n such that `number` is n or 1/n, sign apart."""
    size = abs(number)
    both = (size, 1.0 / size) if size and math.isfinite(size) and math.isfinite(1.0 / size) else ()
    return {n for n in map(round, both) if n and size in (n, 1.0 / n)}


def show(number: Any, other: Any = None, digits: int = 6) -> str:
    """Return a number for a person: 6 digits, or enough to tell it from `other`; "?" for None.

    What is not a finite number is shown as Python writes it, cut to 24 characters.
    """
    if number is None:
        return "?"
    value = finite_or_none(number)
    if value is None:
        text = repr(number)
        return text if len(text) <= 24 else text[:21] + "..."
    rival = finite_or_none(other)
    if rival is not None and rival != value:
        while digits < 17 and f"{value:.{digits}g}" == f"{rival:.{digits}g}":
            digits += 1
    return f"{value + 0.0:.{digits}g}"  # -0.0 + 0.0 is 0.0


def one_line(text: str) -> str:
    """Escape line ends and other control characters, so that a label cannot break the table."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
