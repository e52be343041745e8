"""The nudge test: move a node a little, and look at what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handgrad import HandgradError, Value, gradients
from handgrad.number import show
from handgrad.rulecheck.slopes import replace_entry

from .expression import ExpressionError
from .forward import recompute
from .hints import hints
from .requests import Message
from .sendable import make_sendable

if TYPE_CHECKING:
    from .sheet import Sheet

STEP = 1e-3
"""How far a nudge goes, as the advice has it; less where the slope bends, and more of a large number."""

SMALLEST_STEP = 1e-6
"""As a share of the number: with less, floats have too few digits for the difference."""

CLOSE = 1e-4
"""A nudge whose slope is off by a smaller share is short enough."""


def nudge(sheet: Sheet, node: Value, at: tuple[int, ...]) -> Message:
    """Return what moves, and how far, when a node is moved a little; change nothing.

    Args:
        at: which entry, of an array.

    Raises:
        ExpressionError: it can be moved to neither side.
    """
    if node.is_constant:
        raise ExpressionError(f"{sheet.words.name(node)} is a constant of the expression: nobody moves it.", "")
    expected = gradients(sheet.root)[node]
    slope = float(expected[at]) if at else expected
    tried = [found for h in _steps(_entry(node.data, at)) if (found := _measure(sheet, node, at, h)) is not None]
    if not tried:
        raise ExpressionError(
            f"{sheet.words.name(node)} cannot be moved: what is computed from it has no value there.", ""
        )
    off = [abs(found[1] - slope) for found in tried]
    close = next((place for place, error in enumerate(off) if error <= CLOSE * abs(slope)), off.index(min(off)))
    h, measured, moved = tried[close]
    told = [
        {
            "node": sheet.drawn.ids[other],
            "before": make_sendable(other.data),
            "after": make_sendable(data),
            "shown": "" if other.shape else f"{show(other.data, data)} \N{RIGHTWARDS ARROW} {show(data, other.data)}",
        }
        for other, data in moved.items()
        if other in sheet.drawn.ids
    ]
    return {
        "type": "nudge",
        "node": sheet.drawn.ids[node],
        "at": list(at),
        "h": h,
        "moved": told,
        "slope": measured,
        "say": _describe(sheet, node, at, h, measured, moved),
        **_count_hint(sheet, node),
    }


def _count_hint(sheet: Sheet, node: Value) -> Message:
    """Count a slope that is asked for in a kata as a hint."""
    if not sheet.counts_hints or node not in sheet.marks.asked:
        return {}
    most = len(hints(node, sheet.drawn.uses(node), sheet.words))
    sheet.hints_open[node] = min(sheet.hints_open.get(node, 0) + 1, most)
    return {"level": sheet.hints_open[node], "of": most}


def _steps(x: float) -> list[float]:
    """Return the steps to try, each a tenth of the one before, while floats have digits for it."""
    least = SMALLEST_STEP * abs(x) if x else SMALLEST_STEP
    h = 10.0 ** math.ceil(math.log10(max(STEP, least)))
    found = [h]
    while h / 10.0 >= least:
        h = float(f"{h / 10.0:.0e}")
        found.append(h)
    return found[:9]


def _measure(sheet: Sheet, node: Value, at: tuple[int, ...], h: float) -> tuple[float, float, dict[Value, Any]] | None:
    """Return the step, the slope, and the new data of every node that moves."""
    try:
        moved = recompute(sheet.order, {node: replace_entry(node.data, at, _entry(node.data, at) + h)})
    except HandgradError:
        return None
    root = moved.get(sheet.root, sheet.root.data)
    return h, (root - sheet.root.data) / h, moved


def _entry(data: Any, at: tuple[int, ...]) -> float:
    return float(data[at]) if at else data


def _describe(
    sheet: Sheet, node: Value, at: tuple[int, ...], h: float, slope: float, moved: Mapping[Value, Any]
) -> str:
    name, root = sheet.words.name(node), sheet.words.name(sheet.root)
    place = f"{name}[{', '.join(map(str, at))}]" if at else name
    if sheet.root not in moved:
        return f"{place} moves by {show(h)}, and {root} does not move: the slope is 0."
    before, after = sheet.root.data, moved[sheet.root]
    return (
        f"{place} moves by {show(h)}: {root} goes from {show(before, after)} to {show(after, before)}. "
        f"That is {show(after - before)} / {show(h)} = {show(slope)}."
    )
