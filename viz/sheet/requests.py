"""What messages ask for, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handgrad import HandgradError, Value
from handgrad.number import one_line

if TYPE_CHECKING:
    from .sheet import Sheet

Message = dict[str, Any]


class RefusedError(HandgradError):
    """A message that asks for something there is not."""


def asked_node(sheet: Sheet, message: Message) -> Value:
    """Return a node that a gradient is asked of."""
    return _look_up(sheet.nodes, message, "that is asked for on this sheet")


def any_node(sheet: Sheet, message: Message) -> Value:
    """Return a node, whether it is asked for or not."""
    return _look_up(sheet.by_id, message, "on this sheet")


def _look_up(nodes: Mapping[str, Value], message: Message, where: str) -> Value:
    name = message.get("node")
    if not isinstance(name, str):
        raise RefusedError("node is the name of a node, as a text.")
    if name not in nodes:
        raise RefusedError(f"there is no node {one_line(name)[:60]} {where}.")
    return nodes[name]


_INDEX = re.compile(r"\s*-?\d{1,9}\s*(,\s*-?\d{1,9}\s*){0,8}")


def read_index(text: Any) -> tuple[int, ...] | None:
    """Return the index that a text such as "0, 1" is; None for another thing."""
    return tuple(map(int, text.split(","))) if isinstance(text, str) and _INDEX.fullmatch(text) else None


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
