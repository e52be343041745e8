"""What messages ask for, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handgrad import HandgradError, Value
from handgrad.number import one_line

if TYPE_CHECKING:
    from .sheet import Sheet

Message = dict[str, Any]


class RefusedError(HandgradError):
    """A message that asks for something there is not."""


def asked_node(sheet: Sheet, message: Message) -> Value:
    name = message.get("node")
    if not isinstance(name, str):
        raise RefusedError("node is the name of a node, as a text.")
    if name not in sheet.nodes:
        raise RefusedError(f"there is no node {one_line(name)[:60]} that is asked for on this sheet.")
    return sheet.nodes[name]


def any_node(sheet: Sheet, message: Message) -> Value:
    """Return a node, whether it is asked for or not."""
    name = message.get("node")
    if not isinstance(name, str):
        raise RefusedError("node is the name of a node, as a text.")
    found = sheet.by_id.get(name)
    if found is None:
        raise RefusedError(f"there is no node {one_line(name)[:60]} on this sheet.")
    return found


def text_of(message: Message) -> str:
    """Return what was typed; a plain number will do."""
    text = message.get("text")
    if isinstance(text, int) and text.bit_length() > 1024:  # which Python may not even write out
        raise RefusedError("that number is too large.")
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return repr(text)
    if not isinstance(text, str):
        raise RefusedError("text is what was typed: a number or an expression.")
    return text
