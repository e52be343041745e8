"""The messages that change the numbers of a graph: set a leaf, step downhill, nudge, undo, redo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from handgrad import Value
from handgrad.number import show

from .descent import descend, outrun, run_or_typo
from .expression import ExpressionError, evaluate
from .known import check_shape
from .nudge import nudge
from .requests import Message, RefusedError, any_node, read_index, text_of

if TYPE_CHECKING:
    from .sheet import Sheet


def _set(sheet: Sheet, message: Message) -> Message:
    node, text = any_node(sheet, message), text_of(message)
    try:
        return {"node": sheet.drawn.ids[node], **_set_leaf(sheet, node, text, message.get("drag"))}
    except ExpressionError as error:
        return {"type": "typo", "node": sheet.drawn.ids[node], "message": str(error)}


def _descend(sheet: Sheet, message: Message) -> Message:
    try:
        rate = evaluate(text_of({"text": message.get("rate")}), sheet.marks.known)
        if not isinstance(rate, float) or not rate > 0.0:
            raise ExpressionError("A rate is a number above 0, such as 0.1.", "")
        return descend(sheet, rate)
    except ExpressionError as error:
        return {"type": "typo", "message": str(error)}


def _nudge(sheet: Sheet, message: Message) -> Message:
    node = any_node(sheet, message)
    try:
        return nudge(sheet, node, _entry(sheet, node, message.get("at")))
    except ExpressionError as error:
        return {"type": "typo", "node": sheet.drawn.ids[node], "message": str(error)}


def _entry(sheet: Sheet, node: Value, at: Any) -> tuple[int, ...]:
    """Return the index of an entry, the first by default; () for a number."""
    if at is None or not node.shape:
        return (0,) * len(node.shape)
    name = sheet.words.name(node)
    found = read_index(at)
    if found is None:
        raise ExpressionError(f"An entry of {name} is given by whole numbers, such as 0, 1.", "")
    if len(found) != len(node.shape) or not all(-n <= i < n for i, n in zip(found, node.shape)):
        raise ExpressionError(f"{name} has shape {node.shape}, and no entry [{at.strip()}].", "")
    return found


def _go_back(sheet: Sheet, message: Message) -> Message:
    """Undo or redo, as the message says."""
    done = "Made again." if message["do"] == "redo" else "Taken back."
    is_done = sheet.back(forth=message["do"] == "redo")
    reply = {"type": "verdict", **sheet.present()}
    return {**reply, "say": f"{done} {reply['summary']}" if is_done else f"There is nothing to {message['do']}."}


def _picture(sheet: Sheet, message: Message) -> Message:
    if message.get("format") != "svg":
        raise RefusedError("picture takes format: 'svg'.")
    return {"type": "picture", "format": "svg", "text": sheet.picture()}


def _set_leaf(sheet: Sheet, node: Value, text: str, drag: Any) -> Message:
    """Make a leaf's data another number.

    Raises:
        ExpressionError: it is no leaf, no number, or what is computed from it has no value there.
    """
    name = sheet.words.name(node)
    if node.is_constant:
        raise ExpressionError(f"{name} is a constant of the expression, and no leaf.", "")
    if not node.is_leaf:
        raise ExpressionError(f"{name} is computed from others: set a leaf, and it follows.", "")
    value = evaluate(text, sheet.marks.known)
    check_shape(value, node, name)
    moved = run_or_typo(sheet, {node: value})
    reply = sheet.move(moved, drag if isinstance(drag, str) else "")
    root = sheet.root
    holds = f" and {sheet.words.name(root)} {show(root.data)}" if root is not node else ""
    said = f"{name} is now {show(value)}{holds}." if not node.shape else f"{name} holds other numbers now."
    return {"type": "verdict", **reply, "say": f"{said}{outrun(sheet, reply)}"}


ANSWERS: dict[str, Callable[[Sheet, Message], Message]] = {
    "set": _set,
    "descend": _descend,
    "nudge": _nudge,
    "undo": _go_back,
    "redo": _go_back,
    "picture": _picture,
}
