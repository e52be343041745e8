"""The report on gradients that are filled in one after the other."""

from __future__ import annotations

from handgrad import Comparison, Status, compare
from handgrad.viz.text import table


def report(comparison: Comparison) -> str:
    """Return the table up to the last array filled in, and a line on what is left.

    The gradients judged must still stand in the nodes.
    """
    asked = comparison.arrays
    begun = [place for place, result in enumerate(asked, start=1) if result.status is not Status.MISSING]
    count = begun[-1] if begun else 0
    left = asked[count:]
    if not left:
        return table(comparison)
    if not begun:
        return (
            "Not begun." if len(left) == 1 else f"Not begun: {len(left)} to go, the gradient of {left[0].name} first."
        )
    shown = compare(comparison.root, nodes=[result.node for result in asked[:count]])
    more = "" if len(left) == 1 else f", then {len(left) - 1} more"
    return f"{table(shown)}\nTo go: the gradient of {left[0].name}{more}."
