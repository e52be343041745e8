"""What a comparison says besides the slips: conventions, choices, roundings, and what to do where nothing fits."""

from __future__ import annotations

from collections.abc import Sequence

from ..names import listed


def convention(names: Sequence[str], factor: int) -> str:
    hold = "holds" if len(names) == 1 else "hold"
    return (
        f"{listed(names)} {hold} {factor:,} times the gradient, and every leaf is right: the division by {factor:,} is "
        "made once, at the leaves. That is a convention, and no mistake."
    )


def choice(names: Sequence[str]) -> str:
    """Say where equal entries share a gradient in another way than ours."""
    return (
        f"In {listed(names)} equal entries compete for a largest or a smallest one. Any of them may take the gradient, "
        "or each a share of it, as long as the shares add up to it: that is a choice, and yours is right."
    )


def say_unexplained(name: str, root: str, moved: str, *, is_array: bool = False) -> str:
    """Say where nothing fits how to find out. `moved` is what to try, of an array one entry."""
    numbers = "these numbers" if is_array else "this number"
    return (
        f"{name}: no usual mistake gives {numbers}. The nudge test helps: move {moved} by 0.001, recompute "
        f"what depends on it, and divide the change of {root} by 0.001."
    )


def only(places: str, count: int) -> str:
    """Say that a few entries of an array alone are off."""
    return f"only {places} {'is' if count == 1 else 'are'} off, and the other entries are right."
