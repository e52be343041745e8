"""One step downhill with the gradients filled in: whether it led down, and if not, why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handgrad import HandgradError, Value, gradients
from handgrad.names import listed
from handgrad.number import finite_or_none, one_line, show

from .expression import ExpressionError
from .forward import recompute
from .requests import Message

if TYPE_CHECKING:
    from .sheet import Sheet


def descend(sheet: Sheet, rate: float) -> Message:
    """Move every requested leaf one step against its gradient, as filled in.

    Raises:
        ExpressionError: a gradient is missing, or the step leads where there is no value.
    """
    leaves = [node for node in sheet.marks.asked if node.is_leaf]
    if not leaves:
        raise ExpressionError("You fill in no leaf here, so there is nothing to move.", "")
    steps = {node: _gradient(sheet, node) for node in leaves}
    empty = [sheet.words.name(node) for node, gradient in steps.items() if gradient is None]
    if empty:
        names = " and ".join(filter(None, (", ".join(empty[:-1]), empty[-1])))  # all: they are what there is to do
        verb = "has" if len(empty) == 1 else "have"
        raise ExpressionError(f"A step needs the gradient of every leaf: {names} {verb} none yet.", "")
    before = sheet.root.data
    truth = gradients(sheet.root)
    right = {node: truth[node] for node in leaves}
    are_right = all(node in sheet.marks.right for node in leaves)
    moved = run_or_typo(sheet, _step(leaves, steps, rate))
    after = moved.get(sheet.root, before)
    told = _explain_step(sheet, before, after, (steps, right, rate), are_right)
    reply = sheet.move(moved)
    return {"type": "descent", **reply, "before": before, "after": after, "say": told + outrun(sheet, reply)}


def _gradient(sheet: Sheet, node: Value) -> Any:
    """Return the filled-in gradient; None for nothing, or for what is no gradient of the node."""
    grad = node.grad
    if node.shape:
        return grad if getattr(grad, "shape", None) == node.shape and (abs(grad) < math.inf).all() else None
    return finite_or_none(grad)


def _step(leaves: list[Value], steps: Mapping[Value, Any], rate: float) -> dict[Value, Any]:
    return {node: node.data - rate * steps[node] for node in leaves}


def _explain_step(
    sheet: Sheet, before: float, after: float, step: tuple[Mapping[Value, Any], Mapping[Value, Any], float], right: bool
) -> str:
    """Return whether the step led down, and if not, why."""
    root = sheet.words.name(sheet.root)
    way = f"from {show(before, after)} to {show(after, before)}"
    if after < before:
        return f"{root} fell {way}, as {'promised' if right else 'hoped, though not every gradient is right yet'}."
    if after == before:
        return f"{root} stayed at {show(before)}: the step was too small to be seen, or every gradient is 0."
    said = f"{root} rose {way}. "
    if right:
        too_far = "so the learning rate was too large: the slope is different that far away. Try a smaller one."
        return f"{said}Every gradient is right, {too_far}"
    steps, truth, rate = step
    if _would_fall(sheet, truth, rate, before):
        return f"{said}A wrong gradient is the reason: with the right ones the same step leads down."
    products = (truth[node] * steps[node] for node in steps)
    if sum(float(product.sum()) if getattr(product, "shape", ()) else product for product in products) > 0.0:
        return (
            f"{said}The learning rate is too large: so long a step leads up even with the right gradients, and not all "
            "of yours are right."
        )
    return f"{said}A wrong gradient points up, and the rate is too large as well."


def _would_fall(sheet: Sheet, truth: Mapping[Value, Any], rate: float, before: float) -> bool:
    try:
        moved = recompute(sheet.order, _step(list(truth), truth, rate))
    except HandgradError:
        return False
    return bool(moved.get(sheet.root, before) < before)


def outrun(sheet: Sheet, reply: Message) -> str:
    """Return the sentence on typed numbers that no longer match the data."""
    names = [sheet.words.name(sheet.nodes[id_]) for id_ in reply["outrun"]]
    if not names:
        return ""
    which = "that number was right, and is" if len(names) == 1 else "those numbers were right, and are"
    return f" {listed(names)}: {which} not any more. A formula in the names follows the data."


def run_or_typo(sheet: Sheet, moved: Mapping[Value, Any]) -> dict[Value, Any]:
    try:
        return recompute(sheet.order, moved)
    except HandgradError as error:
        raise ExpressionError(f"That goes too far: {one_line(str(error))}", "") from None
